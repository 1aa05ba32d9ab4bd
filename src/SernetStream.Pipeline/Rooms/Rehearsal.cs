using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Rooms;

/// <summary>
/// Has each thread of a scheduler hear an utterance before there are rooms. The first run of code and weights is the slowest: they
/// are compiled, or read from the disk. Without a rehearsal, all rooms of a house wait for that while they listen already.
/// </summary>
public static class Rehearsal
{
    private const int SampleRate = 48000;
    private const double SpeechSeconds = 3;
    private const double Seconds = 5;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Hears the utterance on all threads of the scheduler. Its events go nowhere.</summary>
    /// <param name="scheduler">Nothing else should run on it yet.</param>
    /// <param name="model">The model of the rooms.</param>
    /// <param name="createDetector">Makes a detector as the rooms have it.</param>
    /// <param name="cancellationToken">Ends the rehearsal.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task RunAsync(
        RoomScheduler scheduler, EmotionModel model, Func<ISpeechDetector> createDetector, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(createDetector);
        if (model.Card.FrontEnd.SampleRate != FrontEndStage.SampleRate)
        {
            // It cannot be streamed: the rooms that use it say so.
            return;
        }

        using var everybody = new Barrier(scheduler.Workers);
        bool Meet() => everybody.SignalAndWait(LongestWait, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, scheduler.Workers).Select(_ => HearAsync(new Actor(createDetector(), Meet)))).ConfigureAwait(false);

        async Task HearAsync(Actor actor)
        {
            using var detector = actor;
            using var source = new PushSource("rehearsal", SampleRate, isLive: false, seconds: Seconds);
            source.Write(Noise());
            source.Complete();
            var pipeline = new PipelineHost(source, model, detector, new PipelineOptions(), new Nowhere());
            await pipeline.RunAsync(scheduler, cancellationToken).ConfigureAwait(false);
        }
    }

    private static float[] Noise()
    {
        var random = new Random(1);
        var samples = new float[(int)(Seconds * SampleRate)];
        foreach (ref var sample in samples.AsSpan())
        {
            sample = (random.NextSingle() - 0.5f) * 0.1f;
        }

        return samples;
    }

    /// <summary>
    /// Judges as the real detector does, but says that there is an utterance. With its first step it waits for the others: so each
    /// thread has one.
    /// </summary>
    private sealed class Actor(ISpeechDetector real, Func<bool> meet) : ISpeechDetector
    {
        private int _heard;

        public float Probability(ReadOnlySpan<float> step)
        {
            if (_heard == 0)
            {
                meet();
            }

            real.Probability(step);
            return (_heard += step.Length) < SpeechSeconds * FrontEndStage.SampleRate ? 1 : 0;
        }

        public void Reset() => real.Reset();

        public void Dispose() => real.Dispose();
    }

    /// <summary>Writes events as those do who pass them on, and forgets them.</summary>
    private sealed class Nowhere : IEventSink
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent)
        {
            EmotionEventJson.ToUtf8(emotionEvent);
            return ValueTask.CompletedTask;
        }

        public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;
    }
}
