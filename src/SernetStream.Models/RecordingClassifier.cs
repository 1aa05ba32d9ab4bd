using SernetStream.Dsp;

namespace SernetStream.Models;

/// <summary>
/// Classifies whole recordings as the models were trained and evaluated: segment → level → MFCC → model. One thread at
/// a time.
/// </summary>
public sealed class RecordingClassifier : IDisposable
{
    private readonly EmotionClassifier _classifier;
    private readonly SegmentFrontEnd _frontEnd;

    /// <summary>Prepares for one model.</summary>
    public RecordingClassifier(EmotionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _classifier = model.CreateClassifier();
        _frontEnd = new SegmentFrontEnd(model.Card.FrontEnd);
    }

    /// <summary>Classifies one recording.</summary>
    /// <param name="samples">Mono samples at the sample rate of the model's front end, −1..1, of any length.</param>
    /// <returns>One calibrated probability a label; valid until the next call.</returns>
    public ReadOnlySpan<float> Classify(ReadOnlySpan<float> samples)
    {
        _frontEnd.Compute(samples, _classifier.Features);
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
    public void Dispose() => _classifier.Dispose();
}
