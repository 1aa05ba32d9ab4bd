using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests.Segmentation;

/// <summary>Missing samples: some are fed as zeros, for the rest only the clock moves; the sum is exact at every rate.</summary>
public class GapFillerTests
{
    [Fact]
    public void A_short_gap_is_fed_and_moves_nothing_else()
    {
        var gap = new GapFiller(16_000, most: 1000);
        Assert.Equal(300, gap.Pass(300));
        Assert.Equal(700, gap.Pass(700));
        Assert.Equal((0, 0, 0), (gap.Skipped, gap.Elapsed, gap.Owed()));
    }

    [Theory]
    [InlineData(8_000)]
    [InlineData(11_025)]
    [InlineData(16_000)]
    [InlineData(44_100)]
    [InlineData(48_000)]
    public void Not_a_sample_of_a_long_gap_is_lost_or_invented(int rate)
    {
        var random = new Random(rate);
        var gap = new GapFiller(rate, most: rate);
        var (missing, fed) = (0L, 0L);
        for (var i = 0; i < 1000; i++)
        {
            var count = random.NextInt64(1, 3L * rate);
            missing += count;
            fed += gap.Pass(count);

            // The clock moves by whole steps, and never past the end of the gap.
            Assert.Equal(0, gap.Elapsed % ISpeechDetector.StepLength);
            Assert.InRange(gap.Elapsed, 0, (missing - fed) * 16_000 / rate);
        }

        var skipped = (Int128)gap.Skipped * rate;
        Assert.Equal(rate, fed);
        Assert.Equal(0, skipped % 16_000);
        Assert.Equal(missing, fed + (long)(skipped / 16_000) + gap.Owed());
    }

    [Fact]
    public void After_a_gap_the_next_one_is_fed_again()
    {
        var gap = new GapFiller(16_000, most: 1000);
        gap.Pass(5000);
        gap.Owed();
        gap.End();
        Assert.Equal(1000, gap.Pass(5000));
    }

    [Fact]
    public void Only_what_is_lost_for_longer_than_a_pause_ends_an_utterance_and_only_once()
    {
        var gap = new GapFiller(16_000, most: 1000);
        Assert.False(gap.Miss(499, longestPause: 500));
        Assert.False(gap.IsSilence);
        Assert.True(gap.Miss(1, longestPause: 500));
        Assert.True(gap.IsSilence);
        Assert.False(gap.Miss(1, longestPause: 500));
        Assert.Equal(501, gap.Missing);

        gap.End();
        Assert.Equal((0, false), (gap.Missing, gap.IsSilence));
    }
}
