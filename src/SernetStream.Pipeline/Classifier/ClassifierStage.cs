using System.Diagnostics;
using SernetStream.Models;
using SernetStream.Models.Streaming;
using SernetStream.Models.Teaching;
using SernetStream.Pipeline.Drivers;
using SernetStream.Pipeline.Teaching;

namespace SernetStream.Pipeline.Classifier;

/// <summary>
/// Windows in, classifications out. Synchronous; the driver gives it a thread. It has a classifier of its own, or is lent one
/// for each window.
/// </summary>
internal sealed class ClassifierStage : IDisposable
{
    /// <summary>A model that fails so often in a row is broken; less may be one odd window.</summary>
    internal const long MaxFailuresInARow = 10;

    private readonly EmotionClassifier? _own;
    private readonly ClassifierMemory? _memory;
    private readonly StreamMemory? _heard;
    private readonly bool _learns;
    private readonly PipelineCounters _counters;
    private long _failuresInARow;
    private Lesson? _lesson;

    /// <summary>A stage with a classifier of its own.</summary>
    /// <param name="model">What classifies.</param>
    /// <param name="learns"><see cref="PipelineOptions.Learns"/>.</param>
    /// <param name="counters">The pipeline's.</param>
    public ClassifierStage(EmotionModel model, bool learns, PipelineCounters counters)
    {
        (_own, _heard) = (model.CreateClassifier(), model.CreateStreamMemory());
        (_learns, _counters) = (learns, counters);
    }

    /// <summary>A stage that is lent a classifier for each window.</summary>
    /// <param name="model">What classifies.</param>
    /// <param name="memory">What is kept between two windows, and longer than the stage.</param>
    /// <param name="learns"><see cref="PipelineOptions.Learns"/>.</param>
    /// <param name="counters">The pipeline's.</param>
    public ClassifierStage(EmotionModel model, ClassifierMemory memory, bool learns, PipelineCounters counters)
    {
        (_memory, _heard) = (memory, model.CreateStreamMemory());
        (_learns, _counters) = (learns, counters);
    }

    /// <inheritdoc cref="PipelineParts.BeforeClassification"/>
    public Action? BeforeClassification { get; init; }

    /// <inheritdoc cref="PipelineHost.Teacher"/>
    public Teacher? Teacher
    {
        get;
        init
        {
            field = value;
            if (value is not null)
            {
                _heard?.KeepFeatures();
            }
        }
    }

    private EmotionClassifier Own => _own ?? throw new InvalidOperationException("This stage has no classifier of its own.");

    /// <summary>A window whose memory the model reads as it lies; it lives as long as this stage.</summary>
    public FeatureWindow CreateWindow() => new(Own.CreateFeatures());

    /// <summary>Runs the model once on nothing, so that the first window does not pay for its first run.</summary>
    public void WarmUp()
    {
        Own.Classify();
        Own.Teach(_lesson = null);
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

        _counters.CountLate();
        return false;
    }

    /// <summary>As <see cref="Classify(FeatureWindow, Classification)"/>, by a classifier that is lent for this window.</summary>
    public bool Classify(EmotionClassifier lent, FeatureWindow window, Classification result)
    {
        lent.Enter(_memory!);
        try
        {
            return ClassifyBy(lent, window, result);
        }
        finally
        {
            lent.Leave(_memory!);
        }
    }

    /// <summary>Classifies a window; a whole utterance with an answer also updates the baseline.</summary>
    /// <param name="window">One of <see cref="CreateWindow"/>.</param>
    /// <param name="result">Takes the answer.</param>
    /// <returns>Whether there is an answer: the model gave numbers. If not, that is counted.</returns>
    /// <exception cref="ModelException">The model has failed <see cref="MaxFailuresInARow"/> times in a row.</exception>
    public bool Classify(FeatureWindow window, Classification result) => ClassifyBy(Own, window, result);

    /// <summary>Forgets the sound that the network remembers, as when a stream is muted. Any thread.</summary>
    public void Forget() => _heard?.Forget();

    public void Dispose()
    {
        _heard?.Dispose();
        _own?.Dispose();
    }

    private bool ClassifyBy(EmotionClassifier classifier, FeatureWindow window, Classification result)
    {
        BeforeClassification?.Invoke();
        var began = StageCosts.Now();
        if (Teacher is not null && !ReferenceEquals(_lesson, Teacher.Lesson))
        {
            classifier.Teach(_lesson = Teacher.Lesson);
        }

        try
        {
            var answer = _heard is null ? classifier.Classify(window.Memory) : classifier.Classify(window.Memory, window.Frames, _heard);
            answer.CopyTo(result.Probabilities);
            _failuresInARow = 0;
        }
        catch (ModelException error) when (error.Error == ModelError.NotFinite)
        {
            _counters.CountFailed();
            if (++_failuresInARow >= MaxFailuresInARow)
            {
                throw;
            }

            return false;
        }

        if (_learns && window.Span.IsFinal)
        {
            classifier.UpdateIfAnswered(result.Probabilities);
        }

        if (window.Span.IsFinal)
        {
            Teacher?.Heard(classifier, result.Probabilities);
        }

        result.Span = window.Span;
        _counters.CountClassified();
        _counters.Costs.Add(Stage.Classifier, StageCosts.Now() - began);
        return true;
    }
}
