using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Models;
using SernetStream.Models.Teaching;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Teaching;

/// <summary>How an enrolment ended.</summary>
public enum EnrolmentEnd
{
    /// <summary>Enough was heard, and it was learnt.</summary>
    Learnt,

    /// <summary>Nobody was heard.</summary>
    NoSpeech,

    /// <summary>Somebody was heard, but too seldom or too shortly.</summary>
    TooLittleSpeech,

    /// <summary>The room is nearly as loud as the speech.</summary>
    NoisyRoom,

    /// <summary>More than one person was heard.</summary>
    TwoVoices,
}

/// <summary>What was heard of an utterance.</summary>
/// <param name="Counted">Utterances that count so far.</param>
/// <param name="Counts">Whether this one does.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="LevelDb">How loud it is, in dB below full scale.</param>
/// <param name="AboveNoiseDb">How far that is above the room.</param>
public sealed record EnrolmentStep(int Counted, bool Counts, double Seconds, double LevelDb, double AboveNoiseDb);

/// <summary>
/// Learns how a person sounds when nothing is the matter, from a few utterances spoken as usual. Nothing is learnt unless all of
/// it is fit to be. One thread; once.
/// </summary>
public sealed class Enrolment : IFrontEndSink, IPipelineObserver, IDisposable
{
    /// <summary>Utterances that are asked for.</summary>
    public const int Wanted = 8;

    /// <summary>An utterance shorter than this says too little of a voice.</summary>
    public const double ShortestSeconds = 1;

    /// <summary>Speech must be so far above the room.</summary>
    public const double LeastAboveNoiseDb = 12;

    /// <summary>Seconds without an utterance after which nobody is waited for any more.</summary>
    public const double LongestSilence = 30;

    private const int MostUnfit = 3;
    private const string Neutral = "neutral";

    private readonly ModelCard _card;
    private readonly int _neutral;
    private readonly PipelineOptions _options;
    private readonly PipelineCounters _counters = new();
    private readonly ClassifierStage _classifier;
    private readonly FeatureWindow _window;
    private readonly Classification _classification;
    private readonly RoomLevel _level = new();
    private readonly List<float[]> _spectra = [];
    private readonly Action<EnrolmentStep> _heard;
    private Teacher _teacher;
    private long _position;
    private long _heardAt;
    private int _noisy;
    private int _short;

    /// <summary>Prepares for a model that can be taught and knows <c>neutral</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="gate">When utterances begin and end.</param>
    /// <param name="heard">Told of each utterance.</param>
    public Enrolment(EmotionModel model, SpeechGateOptions gate, Action<EnrolmentStep> heard)
    {
        ArgumentNullException.ThrowIfNull(model);
        _card = model.Card;
        _heard = heard;
        _neutral = _card.Labels.ToList().IndexOf(Neutral);

        // A network that streams must be given all of an utterance, half a segment at a time.
        var hop = _card.Streaming is null ? 10 : _card.FrontEnd.SegmentSeconds / 2;
        _options = new PipelineOptions { Gate = gate, HopSeconds = hop };
        _teacher = new Teacher(_card, new PipelineControls(), TimeProvider.System);
        _classifier = new ClassifierStage(model, learns: false, _counters) { Teacher = _teacher };
        _window = _classifier.CreateWindow();
        _classification = new Classification(_card.Labels.Count);
    }

    /// <summary>Whether it can be done with a model.</summary>
    public static bool CanEnrol(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var hasSpectrum = card.Streaming is null || card.FrontEnd.Output == FeatureKind.LogMel;
        return Teacher.CanTeach(card) && card.Labels.Contains(Neutral) && hasSpectrum;
    }

    /// <summary>What was learnt; nothing unless it ended as <see cref="EnrolmentEnd.Learnt"/>.</summary>
    public LabelledMoments Learnt => _teacher.Corrections;

    bool IPipelineObserver.IsWatched => true;

    /// <summary>Listens until enough was heard or it is clear that nothing will come of it.</summary>
    public EnrolmentEnd Listen(IAudioSource source, ISpeechDetector detector, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var frontEnd = new FrontEndStage(_card.FrontEnd, _options, detector, source.SampleRate, this, _counters, this, step: _card.Streaming?.Frames ?? 0);
        var buffer = new float[frontEnd.MaxSamplesWanted];
        _classifier.WarmUp();
        while (!IsOver && source.Read(buffer, frontEnd.SamplesWanted, cancellationToken) is { IsEnd: false } block)
        {
            frontEnd.Accept(buffer.AsSpan(0, block.Count), block);
            _position = frontEnd.Position;
        }

        if (!IsOver)
        {
            frontEnd.Complete();
        }

        var end = End();
        if (end != EnrolmentEnd.Learnt)
        {
            _teacher = new Teacher(_card, new PipelineControls(), TimeProvider.System);
        }

        return end;
    }

    /// <inheritdoc/>
    public void Dispose() => _classifier.Dispose();

    void IPipelineObserver.Frame(ReadOnlySpan<float> energies)
    {
        // The level is what counts here.
    }

    void IPipelineObserver.Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking) =>
        _level.Add(samples, speechProbability, isSpeaking);

    void IPipelineObserver.Silence() => _level.NextUtterance();

    FeatureWindow IFrontEndSink.RentWindow() => _window;

    bool IFrontEndSink.Progress(SpeechProgress progress) => true;

    void IFrontEndSink.Window(FeatureWindow window)
    {
        if (window.Span.IsFinal && !IsOver)
        {
            Judge(window);
        }
        else if (_card.Streaming is not null)
        {
            _classifier.Classify(window, _classification);
        }

        window.Erase();
    }

    private bool IsOver => _spectra.Count == Wanted || _noisy == MostUnfit
        || _position - _heardAt > LongestSilence * FrontEndStage.SampleRate;

    private void Judge(FeatureWindow window)
    {
        var span = window.Span;
        var seconds = (double)(span.End - span.Start) / FrontEndStage.SampleRate;
        var isNoisy = _level.AboveNoiseDb < LeastAboveNoiseDb;
        var isShort = seconds < ShortestSeconds;
        _heardAt = span.DecidedAt;
        _noisy += isNoisy ? 1 : 0;
        _short += isShort ? 1 : 0;
        var counts = !isNoisy && !isShort && _classifier.Classify(window, _classification);
        if (counts)
        {
            _teacher.Label(_card.Labels[_neutral]);
            _spectra.Add(Spectrum(window));
        }

        _heard(new EnrolmentStep(_spectra.Count, counts, seconds, _level.SpeechDb, _level.AboveNoiseDb));
        _level.NextUtterance();
    }

    private EnrolmentEnd End()
    {
        if (_noisy > 0 && (_noisy == MostUnfit || _spectra.Count < Wanted))
        {
            return EnrolmentEnd.NoisyRoom;
        }

        if (_spectra.Count < Wanted)
        {
            return _spectra.Count + _short == 0 ? EnrolmentEnd.NoSpeech : EnrolmentEnd.TooLittleSpeech;
        }

        return TwoVoices.Are(_spectra) ? EnrolmentEnd.TwoVoices : EnrolmentEnd.Learnt;
    }

    /// <summary>
    /// How the bands sounded on the mean. A model with a baseline has that among its features: the last but one, which is how much they
    /// vary. Of a network that streams, it is what its frames say.
    /// </summary>
    private float[] Spectrum(FeatureWindow window)
    {
        var bands = _card.FrontEnd.FrameFeatures;
        return _card.Streaming is null
            ? _classifier.Features[^(bands + 1)..^1].ToArray()
            : VoiceSpectrum.Of(window.Features[..(window.Frames.Count * bands)], bands);
    }
}
