using Microsoft.Extensions.Logging.Abstractions;
using SernetStream.Daemon.Hosting;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>What a hub knows a device by, over new names, restarts and several nodes on one machine.</summary>
public sealed class DeviceIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_survives_a_restart_and_a_new_name()
    {
        var first = ClaimOnce("kitchen");

        Assert.Matches("^[0-9a-f]{12}$", first);
        Assert.Equal(first, ClaimOnce("kitchen"));
        Assert.Equal(first, ClaimOnce("hall"));
        Assert.Equal(first, ClaimOnce("kitchen"));
    }

    [Fact]
    public void Two_nodes_of_one_machine_are_two_devices_whichever_comes_first()
    {
        using var kitchen = Make();
        using var hall = Make();
        var (ofKitchen, ofHall) = (kitchen.Claim("kitchen"), hall.Claim("hall"));
        Assert.NotEqual(ofKitchen, ofHall);
        kitchen.Dispose();
        hall.Dispose();

        Assert.Equal(ofHall, ClaimOnce("hall"));
        Assert.Equal(ofKitchen, ClaimOnce("kitchen"));
    }

    [Fact]
    public void Where_it_is_not_clear_which_node_was_renamed_it_is_a_new_device()
    {
        using var kitchen = Make();
        using var hall = Make();
        string?[] known = [kitchen.Claim("kitchen"), hall.Claim("hall")];
        kitchen.Dispose();
        hall.Dispose();

        Assert.DoesNotContain(ClaimOnce("attic"), known);
    }

    [Fact]
    public void Two_nodes_of_one_name_are_two_devices_too()
    {
        using var one = Make();
        using var other = Make();

        Assert.NotEqual(one.Claim("kitchen"), other.Claim("kitchen"));
    }

    [Fact]
    public void Without_a_place_to_keep_it_there_is_none()
    {
        using var nowhere = new DeviceIdentity(_folder.Write("file", "no folder"), NullLogger.Instance);
        using var homeless = new DeviceIdentity(folder: null, NullLogger.Instance);

        Assert.Null(nowhere.Claim("kitchen"));
        Assert.Null(homeless.Claim("kitchen"));
    }

    private DeviceIdentity Make() => new(_folder.PathOf("devices"), NullLogger.Instance);

    private string? ClaimOnce(string node)
    {
        using var identity = Make();
        return identity.Claim(node);
    }
}
