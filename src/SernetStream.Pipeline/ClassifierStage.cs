using System.Diagnostics;
using SernetStream.Inference;

namespace SernetStream.Pipeline;

/// <summary>Windows in, classifications out. Synchronous; the driver gives it a thread.</summary>
/// <param name="model">What classifies.</param>
/// <param name="learns"><see cref="PipelineOptions.Learns"/>.</param>
/// <param name="counters">The pipeline's.</param>
internal sealed class ClassifierStage(EmotionModel model, bool learns, PipelineCounters counters) : IDisposable
{
    private readonly EmotionClassifier _classifier = model.CreateClassifier();

    /// <inheritdoc cref="PipelineParts.BeforeClassification"/>
    public Action? BeforeClassification { get; init; }

    /// <summary>Runs the model once on nothing, so that the first window does not pay for its first run.</summary>
    public void WarmUp()
    {
        _classifier.Classify();
        _classifier.Forget();
    }

    /// <summary>Whether a window is still worth classifying; counts it if not.</summary>
    /// <param name="span">The window.</param>
    /// <param name="budgetSeconds">How old it may be.</param>
    public bool IsInTime(in WindowSpan span, double budgetSeconds)
    {
        if (Stopwatch.GetElapsedTime(span.CapturedAt).TotalSeconds <= budgetSeconds)
        {
            return true;
        }

        counters.CountLate();
        return false;
    }

    /// <summary>Classifies a window; a whole utterance, if there is an answer, also tells what is usual here.</summary>
    public void Classify(FeatureWindow window, Classification result)
    {
        BeforeClassification?.Invoke();
        var began = StageCosts.Now();
        window.Features.CopyTo(_classifier.Features);
        _classifier.Classify().CopyTo(result.Probabilities);
        if (learns && window.Span.IsFinal)
        {
            _classifier.RememberIfAnswered(result.Probabilities);
        }

        result.Span = window.Span;
        counters.CountClassified();
        counters.Costs.Add(Stage.Classifier, StageCosts.Now() - began);
    }

    public void Dispose() => _classifier.Dispose();
}
