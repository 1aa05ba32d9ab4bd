namespace SernetStream.Abstractions.Tests;

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
        foreach (var least in (int[])[1, 2, 4, 8, 16])
        {
            Assert.InRange(backOff.Next(), least * Second, 2 * least * Second);
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(backOff.Next(), 30 * Second, 60 * Second);
        }
    }

    [Fact]
    public void Waits_differ_between_nodes() =>
        Assert.Equal(50, Enumerable.Range(1, 50).Select(seed => Make(seed).Next()).Distinct().Count());

    [Theory]
    [InlineData(0, 3)]
    [InlineData(59, 3)]
    [InlineData(60, 1)]
    [InlineData(86400, 1)]
    public void Only_what_has_lasted_ends_a_row(double worked, int inARow)
    {
        var backOff = Make(1);
        backOff.Next();
        backOff.Next();
        var wait = backOff.NextAfter(worked * Second);
        Assert.Equal(inARow, backOff.Failures);
        Assert.InRange(wait, (1 << (inARow - 1)) * Second, (1 << inARow) * Second);
    }

    [Fact]
    public void A_peer_that_accepts_and_closes_at_once_is_hardly_dialled()
    {
        var backOff = Make(1);
        var (time, dialled) = (TimeSpan.Zero, 0);
        for (; time < TimeSpan.FromHours(1); dialled++)
        {
            // Each connection lasts longer than the first waits, but is too short to reset the back-off.
            time += (3 * Second) + backOff.NextAfter(worked: 3 * Second);
        }

        Assert.InRange(dialled, 60, 120);
    }

    [Fact]
    public void A_row_may_be_ended_by_another_sign_of_life()
    {
        var backOff = Make(1);
        backOff.NextLong();
        backOff.Reset();
        Assert.InRange(backOff.Next(), 1 * Second, 2 * Second);
    }

    [Fact]
    public void A_refusal_waits_long_at_once() => Assert.InRange(Make(1).NextLong(), 30 * Second, 60 * Second);

    [Fact]
    public void No_wait_is_shorter_than_the_shortest_or_longer_than_the_longest()
    {
        var backOff = new BackOff(2 * Second, 3 * Second, random: new Random(1));
        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(backOff.Next(), 2 * Second, 3 * Second);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 86401)]
    public void Waits_that_make_no_sense_are_refused(double shortest, double longest) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BackOff(shortest * Second, longest * Second));

    private static BackOff Make(int seed) => new(Second, 60 * Second, random: new Random(seed));
}
