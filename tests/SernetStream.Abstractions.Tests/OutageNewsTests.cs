namespace SernetStream.Abstractions.Tests;

public sealed class OutageNewsTests
{
    private readonly SetClock _clock = new();
    private readonly OutageNews _news;

    public OutageNewsTests() => _news = new OutageNews(_clock);

    [Fact]
    public void An_outage_is_told_once_and_so_is_its_end()
    {
        Assert.False(_news.Back());
        Assert.True(_news.Gone());
        Assert.False(_news.Gone());
        Assert.True(_news.Back());
        Assert.False(_news.Back());
    }

    [Fact]
    public void A_peer_that_comes_and_goes_all_day_gets_few_lines_and_all_of_them_in_pairs()
    {
        var (gone, back) = (0, 0);
        for (var second = 0; second < 86_400; second += 2)
        {
            gone += _news.Gone() ? 1 : 0;
            _clock.Pass(2);
            back += _news.Back() ? 1 : 0;
        }

        // With an outage every two seconds, one is reported every 5 to 10 minutes.
        Assert.InRange(gone, 100, 300);
        Assert.Equal(gone, back);
    }

    [Fact]
    public void What_goes_for_good_soon_after_it_was_told_to_be_back_is_told_in_the_end()
    {
        Assert.True(_news.Gone());
        Assert.True(_news.Back());
        Assert.False(_news.Gone());
        _clock.Pass(120);
        Assert.True(_news.Gone());
        Assert.False(_news.Gone());
    }

    [Fact]
    public void After_a_quiet_while_an_outage_is_told_at_once()
    {
        for (var second = 0; second < 7200; second++)
        {
            _news.Gone();
            _news.Back();
            _clock.Pass(1);
        }

        _clock.Pass(3600);
        Assert.True(_news.Gone());
        Assert.True(_news.Back());
        _clock.Pass(120);
        Assert.True(_news.Gone());
    }

    private sealed class SetClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
