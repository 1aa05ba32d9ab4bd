using System.Diagnostics;
using SernetStream.Models;
using SernetStream.Models.Teaching;
using SernetStream.Pipeline.Drivers;
using SernetStream.Pipeline.Teaching;

namespace SernetStream.Pipeline.Classifier;

/// <summary>Windows in, classifications out. Synchronous; the driver gives it a thread.</summary>
/// <param name="model">What classifies.</param>
/// <param name="learns"><see cref="PipelineOptions.Learns"/>.</param>
/// <param name="counters">The pipeline's.</param>
internal sealed class ClassifierStage(EmotionModel model, bool learns, PipelineCounters counters) : IDisposable
{
    /// <summary>A model that fails so often in a row is broken; less may be one odd window.</summary>
    internal const long MaxFailuresInARow = 10;

    private readonly EmotionClassifier _classifier = model.CreateClassifier();
    private long _failuresInARow;
    private Lesson? _lesson;

    /// <inheritdoc cref="PipelineParts.BeforeClassification"/>
    public Action? BeforeClassification { get; init; }

    /// <inheritdoc cref="PipelineHost.Teacher"/>
    public Teacher? Teacher { get; init; }

    /// <summary>A window whose memory the model reads as it lies; it lives as long as this stage.</summary>
    public FeatureWindow CreateWindow() => new(_classifier.CreateFeatures());

    /// <summary>Runs the model once on nothing, so that the first window does not pay for its first run.</summary>
    public void WarmUp()
    {
        _classifier.Classify();
        _classifier.Teach(_lesson = null);
    }

    /// <summary>The model's own features of the final that <see cref="Teacher"/> was told of last.</summary>
    public ReadOnlySpan<float> Features => Teacher is null ? [] : Teacher.Features;

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

    /// <summary>Classifies a window; a whole utterance with an answer also updates the baseline.</summary>
    /// <param name="window">One of <see cref="CreateWindow"/>.</param>
    /// <param name="result">Takes the answer.</param>
    /// <returns>Whether there is an answer: the model gave numbers. If not, that is counted.</returns>
    /// <exception cref="ModelException">The model has failed <see cref="MaxFailuresInARow"/> times in a row.</exception>
    public bool Classify(FeatureWindow window, Classification result)
    {
        BeforeClassification?.Invoke();
        var began = StageCosts.Now();
        if (Teacher is not null && !ReferenceEquals(_lesson, Teacher.Lesson))
        {
            _classifier.Teach(_lesson = Teacher.Lesson);
        }

        try
        {
            _classifier.Classify(window.Memory).CopyTo(result.Probabilities);
            _failuresInARow = 0;
        }
        catch (ModelException error) when (error.Error == ModelError.NotFinite)
        {
            counters.CountFailed();
            if (++_failuresInARow >= MaxFailuresInARow)
            {
                throw;
            }

            return false;
        }

        if (learns && window.Span.IsFinal)
        {
            _classifier.UpdateIfAnswered(result.Probabilities);
        }

        if (window.Span.IsFinal)
        {
            Teacher?.Heard(_classifier, result.Probabilities);
        }

        result.Span = window.Span;
        counters.CountClassified();
        counters.Costs.Add(Stage.Classifier, StageCosts.Now() - began);
        return true;
    }

    public void Dispose() => _classifier.Dispose();
}
