using SernetStream.Audio.Capture;
using SernetStream.Models;
using SernetStream.Pipeline.Classifier;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests;

/// <summary>How a pipeline ends: at the end of the stream, when it is stopped, and when a stage fails.</summary>
public class PipelineEndTests : PipelineFixture
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AModel_that_gives_no_numbers_is_an_error_and_never_an_emotion(bool isLive)
    {
        // This model takes square roots of the first features, which are negative for speech.
        using var roots = EmotionModel.Load(Repository.PathOf("tests", "golden", "roots", "roots.json"));
        var sink = new ListSink();
        PipelineCounters? counters = null;
        var source = new ArraySource(Speech.TwoUtterances(), isLive)
        {
            // Wait for each window before the next is cut.
            BeforeRead = (_, _) => SpinWait.SpinUntil(
                () => counters!.WindowsCut == counters.WindowsFailed + counters.WindowsClassified, WaitTimeout) ? 0 : throw new TimeoutException(),
        };
        var host = new PipelineHost(source, roots, Detector, new PipelineOptions { LatencyBudgetSeconds = 60 }, sink);
        counters = host.Counters;
        var error = await Assert.ThrowsAsync<ModelException>(() => host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout));

        Assert.Equal(ModelError.NotFinite, error.Error);
        Assert.Equal((ClassifierStage.MaxFailuresInARow, 0L), (counters.WindowsFailed, counters.WindowsClassified));
        Assert.Empty(sink.Events);
        Assert.Empty(counters.Imbalances());
    }

    [Fact]
    public void Odd_windows_between_good_ones_are_no_brokenModel()
    {
        using var roots = EmotionModel.Load(Repository.PathOf("tests", "golden", "roots", "roots.json"));
        var counters = new PipelineCounters();
        using var stage = new ClassifierStage(roots, learns: false, counters);
        var (window, result) = (stage.CreateWindow(), new Classification(roots.Card.Labels.Count));
        for (var round = 0; round < 3; round++)
        {
            window.Features[0] = -1;
            for (var i = 1; i < ClassifierStage.MaxFailuresInARow; i++)
            {
                Assert.False(stage.Classify(window, result));
            }

            window.Features.Clear();
            Assert.True(stage.Classify(window, result));
        }

        Assert.Equal((3 * (ClassifierStage.MaxFailuresInARow - 1), 3), (counters.WindowsFailed, counters.WindowsClassified));
    }

    [Fact]
    public async Task An_utterance_that_the_file_cuts_off_is_judged()
    {
        var sink = new ListSink();
        await Host(new ArraySource([.. Speech.Silence(1), .. GoldenSignal.Spoken[..32000]], isLive: false), sink)
            .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Single(sink.Events, e => e.Kind == EmotionEventKind.Final);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_device_that_goes_away_ends_the_pipeline_with_its_error(bool isLive)
    {
        var source = new ArraySource(Speech.TwoUtterances(), isLive)
        {
            BeforeRead = (position, _) => position >= 48000
                ? throw new AudioDeviceException(AudioDeviceError.Gone, "the microphone is gone")
                : 0,
        };
        var error = await Assert.ThrowsAsync<AudioDeviceException>(
            () => Host(source, new ListSink()).RunAsync(CancellationToken.None).WaitAsync(WaitTimeout));
        Assert.Equal(AudioDeviceError.Gone, error.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sink_that_fails_ends_the_pipeline_with_its_error(bool isLive)
    {
        var sink = new ListSink { OnEvent = () => throw new InvalidOperationException("no more") };
        var source = new ArraySource(Speech.TwoUtterances(), isLive) { BeforeRead = WaitOnceAt(100_000, isLive) };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Host(source, sink).RunAsync(CancellationToken.None).WaitAsync(WaitTimeout));
        Assert.Equal("no more", error.Message);
    }

    [Fact]
    public async Task Stopping_wakes_a_source_that_waits_and_keeps_what_was_decided()
    {
        using var stop = new CancellationTokenSource();
        var judged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sink = new ListSink
        {
            OnEvent = () =>
            {
                judged.TrySetResult();
                return Task.CompletedTask;
            },
        };
        var source = new ArraySource(Speech.TwoUtterances(), isLive: true) { BeforeRead = WaitOnceAt(48_000, waits: true) };
        var running = Host(source, sink).RunAsync(stop.Token);
        await judged.Task.WaitAsync(WaitTimeout);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(WaitTimeout));
        Assert.NotEmpty(sink.Events);
    }

    [Fact]
    public async Task A_duration_ends_the_stream_there()
    {
        var host = Host(
            new ArraySource(Speech.TwoUtterances(), isLive: false), new ListSink(), new PipelineOptions { DurationSeconds = 2.5 });
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(40_000, host.Counters.SamplesIn);
    }

    /// <summary>Once the stream is past a position, a read waits until the pipeline is told to stop.</summary>
    private static Func<int, CancellationToken, long> WaitOnceAt(int position, bool waits) => (at, stop) =>
    {
        if (waits && at >= position)
        {
            stop.WaitHandle.WaitOne(WaitTimeout);
            stop.ThrowIfCancellationRequested();
        }

        return 0;
    };
}
