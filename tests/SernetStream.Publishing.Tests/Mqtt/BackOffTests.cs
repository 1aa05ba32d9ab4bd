using SernetStream.Publishing.Mqtt;

namespace SernetStream.Publishing.Tests.Mqtt;

public sealed class BackOffTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Waits_double_from_the_shortest_to_the_longest(int seed)
    {
        var backOff = Make(seed);

        Assert.InRange(backOff.Next(), 1 * Second, 2 * Second);
        Assert.InRange(backOff.Next(), 2 * Second, 4 * Second);
        Assert.InRange(backOff.Next(), 4 * Second, 8 * Second);
        Assert.InRange(backOff.Next(), 8 * Second, 16 * Second);
        Assert.InRange(backOff.Next(), 16 * Second, 32 * Second);
        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(backOff.Next(), 30 * Second, 60 * Second);
        }
    }

    [Fact]
    public void Waits_differ_between_nodes() =>
        Assert.Equal(50, Enumerable.Range(1, 50).Select(seed => Make(seed).Next()).Distinct().Count());

    [Fact]
    public void What_worked_longer_than_the_wait_before_begins_anew()
    {
        var backOff = Make(1);
        backOff.Next();
        backOff.Next();

        Assert.InRange(backOff.NextAfter(worked: 5 * Second), 1 * Second, 2 * Second);
    }

    [Fact]
    public void What_failed_at_once_goes_on()
    {
        var backOff = Make(1);
        backOff.Next();
        backOff.Next();

        Assert.InRange(backOff.NextAfter(worked: TimeSpan.Zero), 4 * Second, 8 * Second);
    }

    [Fact]
    public void A_refusal_waits_long_at_once() => Assert.InRange(Make(1).NextLong(), 30 * Second, 60 * Second);

    private static Publishing.Mqtt.BackOff Make(int seed) => new(Second, 60 * Second, new Random(seed));
}
