using SernetStream.Dsp;
using SernetStream.Models.Streaming;
using SernetStream.Models.Teaching;
using SernetStream.Native;

namespace SernetStream.Models;

/// <summary>
/// Runs a model on one window at a time, from and to memory that is allocated once. One thread at a time.
/// </summary>
/// <remarks>
/// A model whose card has <see cref="ModelCard.Adaptation"/> compares an utterance with a baseline of its microphone.
/// It makes the baseline from the utterances given to <see cref="Update"/>: a running mean of its own features, which
/// are averages over an utterance and no sound, kept in memory only. For other models, updating and resetting do
/// nothing.
/// </remarks>
public sealed class EmotionClassifier : IDisposable
{
    private readonly EmotionModel _model;
    private readonly INetworkRun _run;
    private readonly AlignedBuffer<float> _features;
    private readonly float[] _taughtFeatures;
    private Lesson? _lesson;

    internal EmotionClassifier(EmotionModel model)
    {
        _model = model;
        _run = model.Network.CreateRun();
        _taughtFeatures = new float[model.Card.Moods?.FeatureCount ?? 0];
        _features = CreateFeatures();
    }

    /// <summary>Where the next window's features go: frames × coefficients, row by row.</summary>
    public Span<float> Features => _features.Span[.._model.Card.FrontEnd.FeatureCount];

    /// <summary>For tests: the baseline; empty for a model that has none.</summary>
    internal ReadOnlySpan<float> Learnt => _run.State;

    /// <summary>
    /// Memory for the features of one more window, so that one can be filled while another is classified. It lives as long as
    /// the classifier, which disposes it.
    /// </summary>
    public AlignedBuffer<float> CreateFeatures() => _run.CreateFeatures();

    /// <summary>Classifies the window in <see cref="Features"/>.</summary>
    /// <inheritdoc cref="Classify(AlignedBuffer{float})"/>
    public ReadOnlySpan<float> Classify() => Classify(_features);

    /// <summary>Classifies a window where it lies.</summary>
    /// <param name="features">Memory of <see cref="CreateFeatures"/>.</param>
    /// <returns>
    /// One calibrated probability a label, in the card's order, summing to 1; valid until the next call.
    /// </returns>
    /// <exception cref="ModelException">
    /// <see cref="ModelError.NotFinite"/>: the features or what the model gave are not finite. There is then no answer and
    /// nothing to remember.
    /// </exception>
    public ReadOnlySpan<float> Classify(AlignedBuffer<float> features)
    {
        RequireNumbers(features.Span);
        _run.Run(features);
        return Answer();
    }

    /// <summary>Classifies a window by a network that streams: it hears the frames that are new to it.</summary>
    /// <param name="features">Memory of <see cref="CreateFeatures"/>: the window's frames, and a step more.</param>
    /// <param name="window">Which frames they are.</param>
    /// <param name="memory">What it remembers of their stream.</param>
    /// <inheritdoc cref="Classify(AlignedBuffer{float})"/>
    public ReadOnlySpan<float> Classify(AlignedBuffer<float> features, scoped in StreamFrames window, StreamMemory memory)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(memory);
        var run = (StreamingRun)_run;
        RequireNumbers(run.FeaturesOf(features, window));
        run.Run(features, window, memory);
        try
        {
            return Answer();
        }
        catch (ModelException)
        {
            // What is no number once would be none for ever.
            memory.Forget();
            throw;
        }
    }

    /// <summary>Adds the window that was classified last, an utterance, to the baseline.</summary>
    public void Update() => _run.StateAfter.CopyTo(_run.State);

    /// <summary>
    /// <see cref="Update"/>, unless the card's thresholds make the answer <c>unknown</c>: it may then be no voice at all.
    /// </summary>
    /// <param name="probabilities">What <see cref="Classify()"/> just gave.</param>
    public void UpdateIfAnswered(ReadOnlySpan<float> probabilities)
    {
        if (_model.Card.Unknown?.Hold(probabilities) != true)
        {
            Update();
        }
    }

    /// <summary>The model's own features of the window that was classified last, before the baseline is updated with it.</summary>
    /// <param name="features">Takes them all: as many as <see cref="ModelCard.Moods"/> are of.</param>
    public void CopyFeatures(Span<float> features) => _run.CopyFeatures(features);

    /// <summary>Classifies by a lesson from now on; the lesson also replaces the baseline.</summary>
    /// <param name="lesson">What labelled utterances have taught; null: nothing.</param>
    public void Teach(Lesson? lesson)
    {
        Reset();
        lesson?.Usual.CopyTo(_run.State);
        _lesson = lesson;
    }

    /// <summary>Classifies for another stream from now on: by its baseline and its lesson.</summary>
    /// <param name="memory">Of a stream that this model judges.</param>
    public void Enter(ClassifierMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.CopyTo(_run.State);
        _lesson = memory.Lesson;
    }

    /// <summary>Classifies no more for that stream: it keeps what it has learnt meanwhile.</summary>
    /// <param name="memory">What was given to <see cref="Enter"/>.</param>
    public void Leave(ClassifierMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.CopyFrom(_run.State);
        memory.Lesson = _lesson;
    }

    /// <summary>Empties the baseline and removes the lesson, as at the start.</summary>
    public void Reset()
    {
        _lesson = null;
        _run.State.Clear();
        _run.StateAfter.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    private void RequireNumbers(ReadOnlySpan<float> features)
    {
        if (!Finite.All(features))
        {
            throw NotFinite($"The model {_model.Card.Name} was given features that are not numbers; this window has no answer.");
        }
    }

    /// <summary>What the network gave, as probabilities.</summary>
    private Span<float> Answer()
    {
        if (!Finite.All(_run.Output) || !Finite.All(_run.StateAfter))
        {
            throw NotFinite($"The model {_model.Card.Name} gave a result that is not a number; its file is damaged.");
        }

        if (_lesson is { } lesson)
        {
            CopyFeatures(_taughtFeatures);
            lesson.Apply(_taughtFeatures, _run.Output, _model.Card.OutputKind);
        }

        Calibration.Apply(_run.Output, _model.Card.OutputKind, _model.Card.Temperature);
        return _run.Output;
    }

    /// <summary>What is remembered next is what was remembered before.</summary>
    private ModelException NotFinite(string sentence)
    {
        _run.State.CopyTo(_run.StateAfter);
        return new ModelException(ModelError.NotFinite, sentence);
    }
}
