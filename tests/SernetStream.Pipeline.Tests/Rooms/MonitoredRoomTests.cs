using System.Diagnostics;
using SernetStream.Audio.Streams;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Rooms;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Rooms;

/// <summary>A room with a television beside others: nobody waits for its monitor but itself.</summary>
public sealed class MonitoredRoomTests : PipelineFixture
{
    private const int Rate = 16000;

    // All of it is read at once, so its date is that of its writing.
    private const double OneBlock = 0.6;

    private readonly MonitorTrack _track = new();

    [Fact]
    public void A_step_does_not_wait_for_the_monitor_and_goes_on_when_it_has_come()
    {
        using var microphone = new PushSource("microphone", Rate);
        var host = Host(microphone);
        using var pipeline = new SteppedPipeline(host.Parts);
        using var worker = new StepWorker();
        Play(Stopwatch.GetTimestamp());
        microphone.Write(Speech.Silence(OneBlock));

        var next = pipeline.Step(worker);
        Assert.Equal(0, host.Counters.SamplesIn);
        Assert.InRange(next.After, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20));

        Play(Stopwatch.GetTimestamp() + Stopwatch.Frequency);
        pipeline.Step(worker);
        Assert.True(host.Counters.SamplesIn > 0);
    }

    [Fact]
    public void A_monitor_that_stays_away_is_waited_for_no_longer_than_its_patience()
    {
        using var microphone = new PushSource("microphone", Rate);
        var host = Host(microphone);
        using var pipeline = new SteppedPipeline(host.Parts);
        using var worker = new StepWorker();
        Play(Stopwatch.GetTimestamp());
        microphone.Write(Speech.Silence(OneBlock));
        var began = Stopwatch.GetTimestamp();
        while (host.Counters.SamplesIn == 0)
        {
            var next = pipeline.Step(worker);
            Assert.False(next.IsOver);
            Assert.True(Stopwatch.GetElapsedTime(began) < WaitTimeout);
        }

        Assert.True(Stopwatch.GetElapsedTime(began) >= EchoJudge.Patience);
    }

    [Fact]
    public void A_mute_discards_what_is_held()
    {
        using var microphone = new PushSource("microphone", Rate);
        var host = Host(microphone);
        using var pipeline = new SteppedPipeline(host.Parts);
        using var worker = new StepWorker();
        Play(Stopwatch.GetTimestamp());
        microphone.Write([.. GoldenSignal.Spoken.Take((int)(OneBlock * Rate))]);
        pipeline.Step(worker);
        Assert.Equal(0, host.Counters.SamplesIn);

        host.Controls.Muted = true;
        pipeline.Step(worker);
        Assert.True(host.Counters.SamplesMuted > 0);
        Assert.Equal(host.Counters.SamplesIn, host.Counters.SamplesMuted);
    }

    [Fact]
    public void While_nothing_is_played_nothing_is_held()
    {
        using var microphone = new PushSource("microphone", Rate);
        var host = Host(microphone);
        using var pipeline = new SteppedPipeline(host.Parts);
        using var worker = new StepWorker();
        microphone.Write(Speech.Silence(OneBlock));
        pipeline.Step(worker);
        Assert.True(host.Counters.SamplesIn > 0);
    }

    private PipelineHost Host(PushSource microphone) => new(microphone, Model, Detector, new PipelineOptions(), new ListSink()) { Monitor = _track };

    /// <summary>The speakers play, up to a moment.</summary>
    private void Play(long until) => _track.Write([.. Enumerable.Range(0, Rate / 2).Select(i => 0.3f * MathF.Sin(i))], until);
}
