using System.Diagnostics;
using SernetStream.Inference;

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

/// <summary>Classifications and silence in, events out. Synchronous but for the sink, which may make a file wait.</summary>
internal sealed class SmootherStage(
    ModelCard card, PipelineOptions options, TimeProvider clock, IEventSink sink, PipelineCounters counters)
{
    private readonly EmotionSmoother _smoother = new(card.Labels.Count, options.Smoother);
    private readonly EmotionScores _silence = new(card.Labels, new float[card.Labels.Count]);
    private string _current = EmotionLabel.None;
    private bool _speaking;

    public ValueTask AcceptAsync(in SmootherInput input) => input.Classification is { } classification
        ? ClassifiedAsync(classification)
        : ProgressedAsync(input.Progress);

    /// <summary>The stream is over: whoever was speaking is not heard any more.</summary>
    public ValueTask EndAsync() => SpeakingAsync(speaking: false);

    private async ValueTask ClassifiedAsync(Classification classification)
    {
        var span = classification.Span;
        var moved = _smoother.Classified(classification.Probabilities, span.IsFinal, Seconds(span.DecidedAt));
        var judged = Event(
            span.IsFinal ? EmotionEventKind.Final : EmotionEventKind.Interim,
            Seconds(span.Start),
            Seconds(span.End),
            new EmotionScores(card.Labels, classification.Probabilities),
            span.CapturedAt);
        _current = judged.Emotion;
        await PublishAsync(judged).ConfigureAwait(false);
        if (moved)
        {
            await PublishAsync(judged with { Kind = EmotionEventKind.Change }).ConfigureAwait(false);
        }
    }

    private async ValueTask ProgressedAsync(SpeechProgress progress)
    {
        await SpeakingAsync(progress.Speaking).ConfigureAwait(false);
        var now = Seconds(progress.Position);
        if (_smoother.Passed(progress.Speaking, now))
        {
            var since = now - options.Smoother.NoneAfterSeconds;
            var silence = Event(EmotionEventKind.Change, Math.Max(0, since), now, _silence, progress.CapturedAt);
            _current = silence.Emotion;
            await PublishAsync(silence).ConfigureAwait(false);
        }
    }

    private ValueTask SpeakingAsync(bool speaking)
    {
        if (speaking == _speaking)
        {
            return ValueTask.CompletedTask;
        }

        _speaking = speaking;
        return sink.PublishSpeechAsync(speaking);
    }

    private EmotionEvent Event(EmotionEventKind kind, double start, double end, EmotionScores raw, long capturedAt) => new()
    {
        Node = options.Node,
        Kind = kind,
        Sequence = 0,
        Time = clock.GetUtcNow(),
        AudioStart = start,
        AudioEnd = end,
        Emotion = LabelOf(_smoother.Current),
        Confidence = _smoother.Confidence,
        Previous = _current,
        Probabilities = new EmotionScores(card.Labels, _smoother.Smoothed),
        Raw = raw,
        Model = card.Name,
        LatencyMs = Stopwatch.GetElapsedTime(capturedAt).TotalMilliseconds,
    };

    private ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        counters.Latency.Record(emotionEvent.LatencyMs);
        return sink.PublishAsync(emotionEvent with { Sequence = counters.CountEvent() });
    }

    private string LabelOf(int index) => index switch
    {
        EmotionSmoother.None => EmotionLabel.None,
        EmotionSmoother.Unknown => EmotionLabel.Unknown,
        _ => card.Labels[index],
    };

    private static double Seconds(long position) => (double)position / FrontEndStage.SampleRate;
}
