using SernetStream.Audio;
using SernetStream.Models;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Recordings;

/// <summary>An utterance of a recording, and what the model says of it.</summary>
/// <param name="Start">Seconds from the recording's begin.</param>
/// <param name="End">Seconds from the recording's begin.</param>
/// <param name="Probabilities">One a label.</param>
public sealed record HeardUtterance(double Start, double End, float[] Probabilities)
{
    /// <summary>How long it lasts.</summary>
    public double Seconds => End - Start;
}

/// <summary>
/// Hears whole recordings, of any length in the same memory, through the stages of a live stream: resampler, speech gate,
/// front end, classifier. One thread at a time.
/// </summary>
/// <remarks>
/// An utterance that fits into the model's segment gets the answer of a stream's final window. A longer one is judged
/// segment by segment, end to end, and its last segment as a stream's final window is; each counts by the time that it
/// covers alone. A stream says of such an utterance only what its final window says. A network that streams has heard all of it by then.
/// </remarks>
public sealed class RecordingListener : IFrontEndSink, IDisposable
{
    private readonly ModelCard _card;
    private readonly PipelineOptions _options;
    private readonly ClassifierStage _classifier;
    private readonly FeatureWindow _window;
    private readonly PipelineCounters _counters = new();
    private readonly List<Classification> _utterance = [];
    private Action<HeardUtterance>? _heard;

    /// <summary>Prepares for one model.</summary>
    /// <param name="model">What judges.</param>
    /// <param name="learns">
    /// Whether a model that has a baseline updates it with each utterance; it is kept from one recording to the next.
    /// </param>
    public RecordingListener(EmotionModel model, bool learns)
    {
        ArgumentNullException.ThrowIfNull(model);
        _card = model.Card;
        _classifier = new ClassifierStage(model, learns, _counters);
        _window = _classifier.CreateWindow();

        // A step of the gate shorter than a segment, so that not a sample lies between two windows; or half of one, so that a network
        // that streams misses no frame.
        var segment = model.Card.FrontEnd.SegmentLength;
        var hop = (_card.Streaming is null ? segment - ISpeechDetector.StepLength : segment / 2) / (double)FrontEndStage.SampleRate;
        _options = new PipelineOptions { HopSeconds = Math.Clamp(hop, 0.032, 10) };
    }

    /// <summary>Whether a model can listen; one at another rate than that of streams cannot.</summary>
    public static bool CanListen(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return card.FrontEnd.SampleRate == FrontEndStage.SampleRate;
    }

    /// <summary>Hears a source to its end.</summary>
    /// <param name="source">What is heard; one that waits for its reader.</param>
    /// <param name="detector">What decides that somebody speaks; it begins anew.</param>
    /// <param name="heard">Takes each utterance when it is over.</param>
    /// <param name="cancellationToken">Ends the listening.</param>
    public void Listen(
        IAudioSource source, ISpeechDetector detector, Action<HeardUtterance> heard, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(detector);
        _heard = heard;
        _utterance.Clear();
        detector.Reset();
        _classifier.Forget();
        var frontEnd = new FrontEndStage(_card.FrontEnd, _options, detector, source.SampleRate, this, _counters, step: _card.Streaming?.Frames ?? 0);
        var buffer = new float[frontEnd.MaxSamplesWanted];
        while (source.Read(buffer, frontEnd.SamplesWanted, cancellationToken) is { IsEnd: false } block)
        {
            frontEnd.Accept(buffer.AsSpan(0, block.Count), block);
        }

        frontEnd.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => _classifier.Dispose();

    FeatureWindow IFrontEndSink.RentWindow() => _window;

    void IFrontEndSink.Window(FeatureWindow window)
    {
        var classification = new Classification(_card.Labels.Count);
        if (_classifier.Classify(window, classification))
        {
            _utterance.Add(classification);
        }

        if (window.Span.IsFinal && _utterance.Count > 0)
        {
            _heard!(Merge());
            _utterance.Clear();
        }
    }

    bool IFrontEndSink.Progress(SpeechProgress progress) => true;

    /// <summary>The whole utterance: the last window counts for all that it covers, those before for what it does not.</summary>
    private HeardUtterance Merge()
    {
        var last = _utterance[^1];
        var sums = new double[_card.Labels.Count];
        var (covered, all) = (_utterance[0].Span.Start, 0L);
        foreach (var part in _utterance)
        {
            var end = ReferenceEquals(part, last) ? part.Span.End : Math.Min(part.Span.End, last.Span.Start);
            var weight = Math.Max(0, end - covered);
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += weight * (double)part.Probabilities[i];
            }

            (covered, all) = (Math.Max(covered, end), all + weight);
        }

        return new HeardUtterance(
            Seconds(_utterance[0].Span.Start),
            Seconds(last.Span.End),
            all == 0 ? [.. last.Probabilities] : [.. sums.Select(sum => (float)(sum / all))]);
    }

    private static double Seconds(long position) => (double)position / FrontEndStage.SampleRate;
}
