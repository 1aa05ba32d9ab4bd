using SernetStream.Cluster.Joining;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

public class MembershipFenceTests
{
    private readonly ManualTime _time = new();
    private bool? _isActive = true;
    private bool _isRedisAway;
    private int _deaths;

    [Fact]
    public async Task It_is_closed_until_the_silo_is_a_member()
    {
        using var fence = New();
        Assert.False(fence.IsOpen);
        _isActive = null;
        await fence.RenewAsync();
        Assert.False(fence.IsOpen);
        _isActive = true;
        await fence.RenewAsync();
        Assert.True(fence.IsOpen);
    }

    [Fact]
    public async Task A_silo_that_was_stopped_sends_nothing_until_it_has_asked()
    {
        using var fence = New();
        await fence.RenewAsync();
        _time.Advance(MembershipFence.Lease);
        Assert.False(fence.IsOpen);

        // Redis is away as well: it cannot know what happened meanwhile.
        _isRedisAway = true;
        await fence.RenewAsync();
        Assert.False(fence.IsOpen);
        _isRedisAway = false;
        await fence.RenewAsync();
        Assert.True(fence.IsOpen);
        Assert.Equal(0, _deaths);
    }

    [Fact]
    public async Task A_silo_that_was_declared_dead_ends_and_sends_nothing()
    {
        using var fence = New();
        await fence.RenewAsync();
        _isActive = false;
        await fence.RenewAsync();
        Assert.False(fence.IsOpen);
        Assert.Equal(1, _deaths);
    }

    [Fact]
    public async Task A_silo_that_was_awake_goes_on_without_Redis()
    {
        using var fence = New();
        await fence.RenewAsync();
        _isRedisAway = true;
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(MembershipFence.Lease / 2);
            await fence.RenewAsync();
            Assert.True(fence.IsOpen);
        }
    }

    [Fact]
    public void The_others_need_longer_to_declare_a_silo_dead_than_its_lease_lasts() =>
        Assert.True((SiloHost.MissedProbes - 1) * SiloHost.ProbeTimeout > MembershipFence.Lease);

    private MembershipFence New() => new(
        _ => _isRedisAway ? Task.FromException<bool?>(new TimeoutException()) : Task.FromResult(_isActive), () => _deaths++, _time);
}
