using System.Net;
using SernetStream.Cluster.Fleet;
using SernetStream.Cluster.Gateways;
using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Tests;

public class RuleTests
{
    [Fact]
    public void Numbers_come_from_the_blocks_that_were_written_down_and_from_no_other()
    {
        var numbers = new SequenceNumbers();
        Assert.False(numbers.TryTake(out _));
        numbers.Add(1);
        Assert.True(numbers.TryTake(out var first));
        Assert.Equal(1, first);
        Assert.False(numbers.IsRunningOut);
        for (var i = 1; i < SequenceNumbers.BlockLength; i++)
        {
            Assert.True(numbers.TryTake(out var next));
            Assert.Equal(i + 1, next);
        }

        Assert.True(numbers.IsRunningOut);
        Assert.False(numbers.TryTake(out _));
        numbers.Add(1_000_000);
        Assert.True(numbers.TryTake(out var another));
        Assert.Equal(1_000_000, another);
    }

    [Fact]
    public void A_block_that_is_added_early_follows_the_one_in_use()
    {
        var numbers = new SequenceNumbers();
        numbers.Add(1);
        for (var i = 0; i <= SequenceNumbers.BlockLength / 2; i++)
        {
            numbers.TryTake(out _);
        }

        Assert.True(numbers.IsRunningOut);
        numbers.Add(500_000);
        Assert.False(numbers.IsRunningOut);
        var last = 0L;
        while (last < SequenceNumbers.BlockLength)
        {
            Assert.True(numbers.TryTake(out last));
        }

        Assert.True(numbers.TryTake(out last));
        Assert.Equal(500_000, last);
    }

    [Fact]
    public void The_youngest_room_of_the_lowest_priority_is_given_away_and_never_the_last()
    {
        Assert.Equal("c", LoadRule.Next([("a", 0, 1), ("b", 1, 9), ("c", 0, 5)]));
        Assert.Equal("b", LoadRule.Next([("a", 2, 1), ("b", 1, 1)]));
        Assert.Null(LoadRule.Next([("a", 0, 1)]));
    }

    [Fact]
    public void A_fetched_room_goes_to_the_silo_with_the_fewest_rooms_that_keeps_up()
    {
        var (a, b, c) = (Silo(1), Silo(2), Silo(3));
        var view = new FleetView();
        view.Take(new FleetNews([new SiloLoad(a, 3, 0), new SiloLoad(b, 1, 0.5), new SiloLoad(c, 2, 0)], 1, ["resting"], []));
        Assert.Equal(c, view.LeastBusy([a, b, c]));
        var next = new[] { view.LeastBusy([a, b, c]), view.LeastBusy([a, b, c]) };
        Assert.Equal([a, c], next.Order());
        Assert.True(view.IsResting("resting"));
        Assert.True(view.AnyOtherKeepsUp(a));
    }

    [Fact]
    public void A_silo_with_more_than_its_share_gives_rooms_away()
    {
        var (a, b) = (Silo(1), Silo(2));
        var view = new FleetView();
        Assert.Equal(0, view.Surplus(a));
        view.Take(new FleetNews([new SiloLoad(a, 9, 0)], 1, [], []));
        Assert.Equal(0, view.Surplus(a));
        view.Take(new FleetNews([new SiloLoad(a, 9, 0), new SiloLoad(b, 0, 0)], 1, [], []));
        Assert.Equal(4, view.Surplus(a));
        Assert.Equal(-5, view.Surplus(b));
    }

    [Fact]
    public void A_silo_that_is_drained_gets_no_rooms_and_counts_for_no_share()
    {
        var (a, b, c) = (Silo(1), Silo(2), Silo(3));
        var view = new FleetView();
        view.Take(new FleetNews([new SiloLoad(a, 0, 0), new SiloLoad(b, 6, 0), new SiloLoad(c, 2, 0)], 1, [], [a]));
        Assert.True(view.IsDraining(a));
        Assert.Equal(2, view.Surplus(b));
        Assert.Equal([c, c, c], Enumerable.Range(0, 3).Select(_ => view.LeastBusy([a, b, c])));
        view.Take(new FleetNews([new SiloLoad(a, 0, 0), new SiloLoad(b, 6, 0)], 1, [], []));
        Assert.False(view.IsDraining(a));
        Assert.Equal(3, view.Surplus(b));
    }

    [Fact]
    public void One_silo_looks_after_a_room_and_few_rooms_change_theirs_when_one_goes()
    {
        var silos = Enumerable.Range(1, 5).Select(Silo).ToList();
        var rooms = Enumerable.Range(0, 1000).Select(i => $"room {i}").ToList();
        var before = rooms.ToDictionary(room => room, room => RoomKeeper.KeeperOf(room, silos));
        var gone = silos[2];
        Assert.All(before.GroupBy(room => room.Value), share => Assert.InRange(share.Count(), 120, 280));
        Assert.All(
            rooms.Where(room => !gone.Equals(before[room])),
            room => Assert.Equal(before[room], RoomKeeper.KeeperOf(room, silos.Where(silo => !silo.Equals(gone)))));
    }

    [Theory]
    [InlineData("kitchen", true)]
    [InlineData("living room", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("+", false)]
    [InlineData(" a", false)]
    public void A_room_is_one_level_of_a_topic(string name, bool isOne) => Assert.Equal(isOne, RoomSpec.IsName(name));

    [Fact]
    public void Sixteen_bits_are_a_sample()
    {
        var samples = new float[2];
        Assert.Equal(2, WebSocketGateway.Samples([0x00, 0x80, 0x00, 0x40, 0x7f], samples));
        Assert.Equal([-1f, 0.5f], samples);
    }

    private static SiloAddress Silo(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11110 + number), number);
}
