using static SernetStream.OptionRange;

namespace SernetStream.Speech;

/// <summary>When the speech gate opens and closes. Durations are in seconds.</summary>
public sealed record SpeechGateOptions
{
    /// <summary>A step at least this likely opens the gate, 0..1.</summary>
    public float OpenThreshold { get; init; } = 0.5f;

    /// <summary>A step less likely than this is silence once the gate is open, 0..<see cref="OpenThreshold"/>.</summary>
    public float CloseThreshold { get; init; } = 0.35f;

    /// <summary>Speech shorter than this opens nothing (a click, a cough).</summary>
    public double MinSpeechSeconds { get; init; } = 0.25;

    /// <summary>Silence this long closes the gate; a shorter pause belongs to the utterance.</summary>
    public double MinSilenceSeconds { get; init; } = 0.7;

    /// <summary>What is kept before the first step of speech and after the last.</summary>
    public double PadSeconds { get; init; } = 0.128;

    /// <summary>An utterance that reaches this is cut; the next begins as soon as speech goes on.</summary>
    public double MaxUtteranceSeconds { get; init; } = 15;

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not.</exception>
    public void Validate()
    {
        Require(OpenThreshold is > 0 and <= 1, OpenThreshold, "greater than 0, at most 1");
        Require(
            CloseThreshold > 0 && CloseThreshold <= OpenThreshold,
            CloseThreshold,
            $"greater than 0, at most {OpenThreshold} (openThreshold)");
        Require(MinSpeechSeconds is >= 0 and <= 5, MinSpeechSeconds, "0..5");
        Require(MinSilenceSeconds is >= 0.032 and <= 5, MinSilenceSeconds, "0.032..5");
        Require(PadSeconds is >= 0 and <= 1, PadSeconds, "0..1");
        Require(MaxUtteranceSeconds is >= 1 and <= 60, MaxUtteranceSeconds, "1..60");
    }
}

/// <summary>What a step did to the gate.</summary>
public enum GateTransition
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An utterance began.</summary>
    Opened,

    /// <summary>The utterance is over.</summary>
    Closed,
}

/// <summary>
/// Makes utterances of the steps of a stream: opens after enough speech, reaches back before it, and closes after
/// enough silence. Positions are sample indices at 16 kHz, always whole steps. Pure: no clock, no threads.
/// </summary>
public sealed class SpeechGate
{
    private const double StepsPerSecond = 16000.0 / ISpeechDetector.StepLength;

    private readonly SpeechGateOptions _options;
    private readonly int _minSpeech;
    private readonly int _minSilence;
    private readonly int _pad;
    private readonly int _maxUtterance;
    private long _step;
    private long _speechBegan = -1;
    private long _speechEnded;
    private long _start;
    private long _end;

    /// <summary>Makes a closed gate.</summary>
    public SpeechGate(SpeechGateOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _minSpeech = Math.Max(1, ToSteps(options.MinSpeechSeconds));
        _minSilence = ToSteps(options.MinSilenceSeconds);
        _pad = ToSteps(options.PadSeconds);
        _maxUtterance = ToSteps(options.MaxUtteranceSeconds);
    }

    /// <summary>True while an utterance goes on.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>First sample of the utterance that goes on, or of the last one.</summary>
    public long Start => _start * ISpeechDetector.StepLength;

    /// <summary>One past the last sample of the last utterance that ended.</summary>
    public long End => _end * ISpeechDetector.StepLength;

    /// <summary>How far behind the newest sample an utterance may end when the gate closes, in samples.</summary>
    public int LongestHangover => Math.Max(0, _minSilence - _pad) * ISpeechDetector.StepLength;

    /// <summary>
    /// The fewest further steps after which the gate can open or close, whatever they hold; 1 or more. Until then their
    /// probabilities may be computed later, without any effect.
    /// </summary>
    public int StepsUntilChange => (int)Math.Max(
        1,
        IsOpen
            ? Math.Min(_minSilence - (_step - _speechEnded), _maxUtterance - (_step - _start))
            : _minSpeech - (_speechBegan < 0 ? 0 : _step - _speechBegan));

    /// <summary>Takes the probability of the next step.</summary>
    public GateTransition Step(float probability)
    {
        var begin = _step++;
        return IsOpen ? Continue(probability) : Await(probability, begin);
    }

    /// <summary>
    /// Takes better probabilities of the newest steps, which opens nothing: the next step may, as if they had been known.
    /// It has no effect on an open gate.
    /// </summary>
    public void Revise(ReadOnlySpan<float> probabilities)
    {
        if (IsOpen || probabilities.Length == 0)
        {
            return;
        }

        _speechBegan = -1;
        for (var i = 0; i < probabilities.Length; i++)
        {
            Hear(probabilities[i], _step - probabilities.Length + i);
        }
    }

    /// <summary>
    /// The stream is over, or the next samples do not follow the last ones: closes the gate if it is open, and forgets
    /// speech that was about to open it.
    /// </summary>
    public GateTransition Finish()
    {
        _speechBegan = -1;
        return IsOpen ? Close(Math.Min(_speechEnded + _pad, _step)) : GateTransition.None;
    }

    private static int ToSteps(double seconds) => (int)Math.Round(seconds * StepsPerSecond);

    private GateTransition Await(float probability, long begin)
    {
        Hear(probability, begin);
        if (_speechBegan < 0 || _step - _speechBegan < _minSpeech)
        {
            return GateTransition.None;
        }

        _start = Math.Max(_speechBegan - _pad, _end);
        _speechEnded = _step;
        IsOpen = true;
        return GateTransition.Opened;
    }

    private void Hear(float probability, long begin)
    {
        var threshold = _speechBegan < 0 ? _options.OpenThreshold : _options.CloseThreshold;
        if (probability < threshold)
        {
            _speechBegan = -1;
        }
        else if (_speechBegan < 0)
        {
            _speechBegan = begin;
        }
    }

    private GateTransition Continue(float probability)
    {
        if (probability >= _options.CloseThreshold)
        {
            _speechEnded = _step;
        }

        if (_step - _speechEnded >= _minSilence)
        {
            return Close(Math.Min(_speechEnded + _pad, _step));
        }

        if (_step - _start >= _maxUtterance)
        {
            return Close(_step);
        }

        return GateTransition.None;
    }

    private GateTransition Close(long end)
    {
        _end = end;
        _speechBegan = -1;
        IsOpen = false;
        return GateTransition.Closed;
    }
}
