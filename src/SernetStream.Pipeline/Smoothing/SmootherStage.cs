using System.Diagnostics;
using SernetStream.Pipeline.Segmentation;

namespace SernetStream.Pipeline.Smoothing;

/// <summary>
/// Classifications and the passing of time in, decisions out. Classifications that are too late, or from before a mute,
/// are dropped and counted here. Synchronous but for the sink behind it, which may make a file wait.
/// </summary>
/// <param name="labelCount">How many labels the model has.</param>
/// <param name="oldestSeconds">How old a result may be; infinity for a file at full speed, where age means nothing.</param>
/// <param name="controls">The smoother's options as they are now.</param>
/// <param name="publish">Where decisions go.</param>
/// <param name="counters">The pipeline's.</param>
internal sealed class SmootherStage(
    int labelCount, double oldestSeconds, PipelineControls controls, PublishStage publish, PipelineCounters counters)
{
    private readonly EmotionSmoother _smoother = new(labelCount, controls.Smoother);
    private long _mutedUntil = -1;
    private long _utterance = WindowSpan.NoUtterance;

    /// <summary>Judges something and throws it away, so that the first event does not pay for the compiler.</summary>
    public void WarmUp()
    {
        var rehearsal = new EmotionSmoother(labelCount, controls.Smoother);
        var raw = new float[labelCount];
        raw[0] = 1;
        rehearsal.Update(raw, settles: false, 0);
        rehearsal.Update(raw, settles: true, 1);
        publish.WarmUp(rehearsal, raw);
        rehearsal.Advance(speaking: false, double.MaxValue);
    }

    /// <summary>Takes the next input, in the order of the stream.</summary>
    public ValueTask AcceptAsync(in SmootherInput input)
    {
        if (!ReferenceEquals(_smoother.Options, controls.Smoother))
        {
            _smoother.Options = controls.Smoother;
        }

        var began = StageCosts.Now();
        var accepted = input.Classification is { } classification
            ? ClassifiedAsync(classification)
            : ProgressedAsync(input.Progress);
        if (accepted.IsCompletedSuccessfully)
        {
            // Where the sink makes us wait, another thread may have gone on.
            counters.Costs.Add(Stage.Smoother, StageCosts.Now() - began);
        }

        return accepted;
    }

    /// <summary>The stream is over, and so is any speech in it.</summary>
    public ValueTask EndAsync() => publish.SpeakingAsync(speaking: false);

    private ValueTask ClassifiedAsync(Classification classification)
    {
        var span = classification.Span;
        if (span.DecidedAt <= _mutedUntil)
        {
            counters.CountResultMuted();
            return ValueTask.CompletedTask;
        }

        if (Stopwatch.GetElapsedTime(span.CapturedAt).TotalSeconds > oldestSeconds)
        {
            counters.CountResultLate();
            return ValueTask.CompletedTask;
        }

        if (span.Utterance != _utterance)
        {
            _utterance = span.Utterance;
            _smoother.BeginUtterance(Seconds(span.Utterance));
        }

        var settles = span.IsFinal || span.Utterance == WindowSpan.NoUtterance;
        var moved = _smoother.Update(classification.Probabilities, settles, Seconds(span.DecidedAt));
        return publish.ClassifiedAsync(classification, _smoother, moved);
    }

    private async ValueTask ProgressedAsync(SpeechProgress progress)
    {
        await publish.SpeakingAsync(progress.Speaking).ConfigureAwait(false);
        var now = Seconds(progress.Position);
        bool moved;
        if (progress.Muted)
        {
            _mutedUntil = progress.Position;
            moved = _smoother.Reset();
        }
        else
        {
            moved = _smoother.Advance(progress.Speaking, now);
        }

        if (moved)
        {
            var since = progress.Muted ? now : Math.Max(0, now - _smoother.Options.NoneAfterSeconds);
            await publish.SilentAsync(since, now, progress.CapturedAt).ConfigureAwait(false);
        }
    }

    private static double Seconds(long position) => (double)position / FrontEndStage.SampleRate;
}
