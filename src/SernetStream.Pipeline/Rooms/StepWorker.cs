using SernetStream.Models;

namespace SernetStream.Pipeline.Rooms;

/// <summary>
/// What a worker lends to whichever pipeline it steps: memory that only has to last for a step. So it exists once a worker,
/// not once a room.
/// </summary>
internal sealed class StepWorker : IDisposable
{
    private readonly Dictionary<EmotionModel, LentClassifier> _classifiers = [];
    private float[] _samples = [];

    /// <summary>Room for so many samples of a source.</summary>
    public Span<float> Samples(int count)
    {
        if (_samples.Length < count)
        {
            // Pinned: a collection that moved it would leave a copy of the sound behind.
            _samples = GC.AllocateArray<float>(count, pinned: true);
        }

        return _samples.AsSpan(0, count);
    }

    /// <summary>This worker's classifier of a model, which must outlive the worker.</summary>
    public LentClassifier Classifier(EmotionModel model)
    {
        if (!_classifiers.TryGetValue(model, out var classifier))
        {
            _classifiers.Add(model, classifier = new LentClassifier(model));
        }

        return classifier;
    }

    public void Dispose()
    {
        Array.Clear(_samples);
        foreach (var classifier in _classifiers.Values)
        {
            classifier.Dispose();
        }

        _classifiers.Clear();
    }
}

/// <summary>A worker's classifier of one model, and two windows for it: one is filled while the other waits.</summary>
internal sealed class LentClassifier : IDisposable
{
    private readonly FeatureWindow _first;
    private readonly FeatureWindow _second;

    public LentClassifier(EmotionModel model)
    {
        Classifier = model.CreateClassifier();
        (_first, _second) = (new(Classifier.CreateFeatures()), new(Classifier.CreateFeatures()));

        // The first run of a model takes longer: no room is to pay for it.
        Classifier.Classify();
    }

    public EmotionClassifier Classifier { get; }

    /// <summary>A window that is not the other one.</summary>
    public FeatureWindow WindowBeside(FeatureWindow? other) => ReferenceEquals(other, _first) ? _second : _first;

    public void Dispose() => Classifier.Dispose();
}
