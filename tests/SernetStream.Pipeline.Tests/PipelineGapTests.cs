using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests;

/// <summary>Missing samples: the clock goes on, and earlier speech is kept.</summary>
public class PipelineGapTests : PipelineFixture
{
    [Fact]
    public async Task A_gap_is_counted_and_the_clock_goes_on()
    {
        var sink = new ListSink();
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false)
        {
            BeforeRead = (position, _) => position == 32000 ? 8000 : 0,
        };
        var host = Host(source, sink);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(8000, host.Counters.SamplesLost);
        Assert.InRange(sink.Events.Last(e => e.Kind == EmotionEventKind.Final).AudioStart, 6.3, 7.3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_long_gap_ends_the_utterance_where_it_began_and_the_clock_knows_the_night(bool isGateOff)
    {
        const long night = 8L * 3600 * 16000;
        var sink = new ListSink();
        // In the middle of the first utterance (1 s to 4 s).
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false)
        {
            BeforeRead = (position, _) => position == 40_000 ? night : 0,
        };
        using ISpeechDetector detector = isGateOff ? new AlwaysSpeechDetector() : new SileroDetector();
        var host = new PipelineHost(source, Model, detector, new PipelineOptions(), sink);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var finals = sink.Events.Where(e => e.Kind == EmotionEventKind.Final).ToList();
        Assert.InRange(finals[0].AudioEnd, 2.3, 2.5);
        Assert.All(finals.Skip(1), final => Assert.InRange(final.AudioStart, 8 * 3600, (8 * 3600) + 12));
        Assert.InRange(finals[^1].AudioEnd, (8 * 3600) + 8, (8 * 3600) + 11.1);
        Assert.Equal((night, 1), (host.Counters.SamplesLost, host.Counters.Gaps));
        Assert.Contains(sink.Events, e => e.Emotion == EmotionLabel.None && e.AudioEnd < 8 * 3600 + 12);
        Assert.Empty(host.Counters.Imbalances());
    }

    [Fact]
    public async Task A_short_gap_is_a_pause()
    {
        var sink = new ListSink();
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false) { BeforeRead = (position, _) => position == 40_000 ? 3200 : 0 };
        var host = Host(source, sink);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(2, host.Counters.Finals);
        Assert.Equal((3200, 1), (host.Counters.SamplesLost, host.Counters.Gaps));
    }

    [Fact]
    public async Task Lost_samples_count_for_the_duration()
    {
        // Before each block, as many samples are lost as the block has.
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false) { BeforeRead = (_, _) => 320 };
        var host = Host(source, new ListSink(), new PipelineOptions { DurationSeconds = 2 });
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(32_000, host.Counters.SamplesIn + host.Counters.SamplesLost);
        Assert.Equal(16_000, host.Counters.SamplesLost);
    }
}
