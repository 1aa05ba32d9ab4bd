using SernetStream.Dsp;
using SernetStream.Pipeline.Echo;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>
/// Asks a detector about the steps of a stream. If it has a first opinion, the detector is asked only at the begin, while
/// the first opinion hears something, while the gate is open, and a while longer. It then hears first what it has missed,
/// at most the last three seconds, from the front end's history.
/// </summary>
/// <remarks>
/// So its answer is what it would have been, to the bit, after a rest of at most three seconds, and nearly so after a longer
/// one: it then goes on from the state in which it came to rest, which has heard the same room, and not from that of a
/// detector that has heard nothing. Which steps it is asked about depends on the stream alone, not on when they are judged.
/// </remarks>
/// <param name="detector">This stream's.</param>
/// <param name="stream">What has been heard before the steps that are judged.</param>
/// <param name="echo">Knows what the room's own speakers play, which is nobody's speech; null: nobody does.</param>
internal sealed class SpeechJudge(ISpeechDetector detector, StreamingFrontEnd stream, EchoJudge? echo = null)
{
    /// <summary>Samples that the front end must keep for this: what the detector may have to hear late.</summary>
    public const int History = ContextSteps * Length;

    /// <summary>Steps that the detector is asked about in any case when a stream begins, so that it knows the room.</summary>
    internal const int FirstSteps = 94;

    /// <summary>Missed steps that the detector hears before it answers again: no more than a built-in model's segment.</summary>
    internal const int ContextSteps = 92;

    /// <summary>So many steps after either has heard something, the detector is asked no more: half a second.</summary>
    internal const int HeldSteps = 16;

    private const int Length = ISpeechDetector.StepLength;

    /// <summary>From this on the detector may be about to hear speech, and is asked on.</summary>
    private const float Doubt = 0.2f;

    private readonly IFirstOpinion? _first = detector.First;
    private readonly float[] _probabilities = new float[DeferredVad.MaxSteps];
    private readonly float[] _earlier = new float[ContextSteps + DeferredVad.MaxSteps];
    private readonly Range[] _earlierOf = new Range[DeferredVad.MaxSteps];
    private int _earlierCount;
    private long _heard;
    private int _held = FirstSteps;

    // A bit for each of the newest steps, the newest of all in the lowest.
    private UInt128 _explained;

    /// <summary>How likely a step of those that were judged last is speech.</summary>
    public float Probability(int step) => _probabilities[step];

    /// <summary>What the detector says of the steps just before this one, where it was not asked in time.</summary>
    public ReadOnlySpan<float> Earlier(int step) => _earlier.AsSpan(_earlierOf[step]);

    /// <summary>Judges the steps that wait: the next ones of the stream, which does not have them yet.</summary>
    /// <param name="waiting">Where they wait.</param>
    /// <param name="areSilence">Whether they are known to hold nothing.</param>
    /// <param name="isOpen">Whether somebody speaks already.</param>
    public void Judge(DeferredVad waiting, bool areSilence, bool isOpen)
    {
        _earlierCount = 0;
        for (var step = 0; step < waiting.Count; step++)
        {
            var before = _earlierCount;
            _probabilities[step] = areSilence ? OfSilence(waiting, step) : Judge(waiting, step, isOpen);
            _earlierOf[step] = before.._earlierCount;
        }
    }

    /// <summary>The next step does not follow the last one.</summary>
    public void Restart()
    {
        detector.Reset();
        _first?.Reset();
        (_heard, _held, _explained) = (stream.Position, FirstSteps, 0);
    }

    /// <summary>Overwrites what is left of what was heard.</summary>
    public void Silence()
    {
        Restart();
        echo?.Silence();
    }

    private float OfSilence(DeferredVad waiting, int step)
    {
        (_heard, _held, _explained) = (EndOf(step), FirstSteps, 0);
        return 0;
    }

    private float Judge(DeferredVad waiting, int step, bool isOpen)
    {
        var samples = waiting.Samples(step);
        if ((_first?.MaySpeak(samples) ?? true) || isOpen)
        {
            _held = Math.Max(_held, HeldSteps);
        }

        var isExplained = echo?.Explains(samples, waiting.CapturedAt(step)) ?? false;
        _explained = (_explained << 1) | (isExplained ? UInt128.One : UInt128.Zero);
        if (_held == 0)
        {
            return 0;
        }

        _held--;
        CatchUp(waiting, step);
        var probability = detector.Probability(samples);
        _heard = EndOf(step);
        _held = probability >= Doubt ? Math.Max(_held, HeldSteps) : _held;
        return isExplained ? 0 : probability;
    }

    /// <summary>Lets the detector hear what it was not asked about, up to a step.</summary>
    private void CatchUp(DeferredVad waiting, int step)
    {
        var missed = (int)Math.Min((EndOf(step - 1) - _heard) / Length, ContextSteps);
        for (var back = missed; back > 0; back--)
        {
            var begin = EndOf(step - 1 - back);
            var probability = detector.Probability(step >= back ? waiting.Samples(step - back) : stream.Samples(begin, begin + Length));
            _earlier[_earlierCount++] = ((_explained >> back) & 1) == 0 ? probability : 0;
        }
    }

    /// <summary>Where a step ends in the stream.</summary>
    private long EndOf(int step) => stream.Position + ((step + 1) * Length);
}
