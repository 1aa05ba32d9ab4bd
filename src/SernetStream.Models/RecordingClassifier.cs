using SernetStream.Dsp;
using SernetStream.Models.Streaming;

namespace SernetStream.Models;

/// <summary>
/// Classifies whole recordings as the models were trained and evaluated: segment → level → MFCC → model. A model whose network
/// streams hears all of a recording, as one utterance. One thread at a time.
/// </summary>
public sealed class RecordingClassifier : IDisposable
{
    private readonly EmotionClassifier _classifier;
    private readonly SegmentFrontEnd? _segment;
    private readonly RecordedFrames? _frames;

    /// <summary>Prepares for one model.</summary>
    public RecordingClassifier(EmotionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _classifier = model.CreateClassifier();
        _frames = model.CreateStreamMemory() is { } memory ? new RecordedFrames(model.Card, _classifier, memory) : null;
        _segment = _frames is null ? new SegmentFrontEnd(model.Card.FrontEnd) : null;
    }

    /// <summary>Classifies one recording.</summary>
    /// <param name="samples">Mono samples at the sample rate of the model's front end, −1..1, of any length.</param>
    /// <returns>One calibrated probability a label; valid until the next call.</returns>
    public ReadOnlySpan<float> Classify(ReadOnlySpan<float> samples)
    {
        if (_frames is not null)
        {
            return _frames.Classify(samples);
        }

        _segment!.Compute(samples, _classifier.Features);
        return _classifier.Classify();
    }

    /// <summary>
    /// Classifies one recording of several that are heard at one microphone, as a stream's utterances are: if there is
    /// an answer, it also updates the baseline.
    /// </summary>
    /// <inheritdoc cref="Classify"/>
    public ReadOnlySpan<float> ClassifyInTurn(ReadOnlySpan<float> samples)
    {
        var probabilities = Classify(samples);
        _classifier.UpdateIfAnswered(probabilities);
        return probabilities;
    }

    /// <inheritdoc cref="EmotionClassifier.Reset"/>
    public void Reset() => _classifier.Reset();

    /// <inheritdoc/>
    public void Dispose()
    {
        _frames?.Dispose();
        _classifier.Dispose();
    }
}
