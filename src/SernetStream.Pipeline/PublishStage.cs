using System.Diagnostics;
using SernetStream.Models;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Pipeline;

/// <summary>
/// Where a pipeline's events go. It is called by one thread at a time, in the order of the stream.
/// </summary>
public interface IEventSink
{
    /// <summary>Takes an event; a live pipeline does not wait for the result.</summary>
    ValueTask PublishAsync(EmotionEvent emotionEvent);

    /// <summary>Takes a move of the speech gate.</summary>
    ValueTask PublishSpeechAsync(bool speaking);
}

/// <summary>
/// Decisions in, events out: gives them their names, numbers and wall-clock time, and hands them to the sink. Here the
/// latency of a decision ends.
/// </summary>
internal sealed class PublishStage(
    ModelCard card, string node, TimeProvider clock, IEventSink sink, PipelineCounters counters, long lastSequence = 0)
{
    private readonly EmotionScores _silence = new(card.Labels, new float[card.Labels.Count]);
    private readonly ArousalScale _arousal = new(card);
    private string _current = EmotionLabel.None;
    private bool _speaking;
    private long _sequence = lastSequence;

    /// <summary>Makes an event and throws it away.</summary>
    public void WarmUp(EmotionSmoother smoother, float[] raw) =>
        _ = Event(EmotionEventKind.Final, 0, 1, smoother.Current, smoother.Confidence, smoother.Smoothed, new(card.Labels, raw), 0) with
        {
            Sequence = 0,
        };

    /// <summary>A window was judged; a change of the smoothed emotion is an event too.</summary>
    public async ValueTask ClassifiedAsync(Classification classification, EmotionSmoother smoother, bool moved)
    {
        var span = classification.Span;
        var judged = Event(
            span.IsFinal ? EmotionEventKind.Final : EmotionEventKind.Interim,
            Seconds(span.Start),
            Seconds(span.End),
            smoother.Current,
            smoother.Confidence,
            smoother.Smoothed,
            new EmotionScores(card.Labels, classification.Probabilities),
            span.CapturedAt);
        _current = judged.Emotion;
        await PublishAsync(judged).ConfigureAwait(false);
        if (moved)
        {
            await PublishAsync(judged with { Kind = EmotionEventKind.Change }).ConfigureAwait(false);
        }
    }

    /// <summary>The smoothed emotion has become none, by silence or by the mute switch.</summary>
    /// <param name="since">Seconds of the stream at which it began.</param>
    /// <param name="until">Seconds of the stream now.</param>
    /// <param name="capturedAt">When the newest sample was captured.</param>
    public ValueTask SilentAsync(double since, double until, long capturedAt)
    {
        var silence = Event(
            EmotionEventKind.Change, since, until, EmotionSmoother.None, 0, _silence.Values, _silence, capturedAt);
        _current = silence.Emotion;
        return PublishAsync(silence);
    }

    /// <summary>Says whether somebody speaks, if it is news.</summary>
    public ValueTask SpeakingAsync(bool speaking)
    {
        if (speaking == _speaking)
        {
            return ValueTask.CompletedTask;
        }

        _speaking = speaking;
        return sink.PublishSpeechAsync(speaking);
    }

    private EmotionEvent Event(
        EmotionEventKind kind,
        double start,
        double end,
        int emotion,
        float confidence,
        ReadOnlySpan<float> smoothed,
        EmotionScores raw,
        long capturedAt) => new()
        {
            Node = node,
            Kind = kind,
            Sequence = 0,
            Time = clock.GetUtcNow(),
            AudioStart = start,
            AudioEnd = end,
            Emotion = LabelOf(emotion),
            Confidence = confidence,
            Arousal = emotion == EmotionSmoother.None ? null : _arousal.Expectation(smoothed),
            Previous = _current,
            Probabilities = new EmotionScores(card.Labels, smoothed),
            Raw = raw,
            Model = card.Name,
            LatencyMs = Stopwatch.GetElapsedTime(capturedAt).TotalMilliseconds,
        };

    private ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        counters.CountEvent(emotionEvent.Kind);
        counters.Latency.Record(emotionEvent.LatencyMs);
        return sink.PublishAsync(emotionEvent with { Sequence = ++_sequence });
    }

    private string LabelOf(int index) => index switch
    {
        EmotionSmoother.None => EmotionLabel.None,
        EmotionSmoother.Unknown => EmotionLabel.Unknown,
        _ => card.Labels[index],
    };

    private static double Seconds(long position) => (double)position / FrontEndStage.SampleRate;
}
