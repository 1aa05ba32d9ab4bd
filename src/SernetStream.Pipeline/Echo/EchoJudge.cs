using SernetStream.Speech;

namespace SernetStream.Pipeline.Echo;

/// <summary>
/// Says of each step of the microphone whether the room's own speakers explain it: the television speaks, not a person. As long as it
/// has not learnt the way from the speakers to the microphone, whatever is heard while they play counts as theirs. One thread.
/// </summary>
/// <param name="track">What the speakers play.</param>
/// <param name="waits">Whether the thread may wait for the track; if not, <see cref="MonitoredSource"/> has waited before.</param>
internal sealed class EchoJudge(MonitorTrack track, bool waits = true)
{
    /// <summary>How long after the speakers fall silent the room still sounds.</summary>
    internal const double EchoSeconds = 0.7;

    // The dates of the two streams may be as far apart; the filter sees no echo that comes before its sound.
    private const double LeadSamples = ISpeechDetector.StepLength;

    // Of what is heard, this share is left of the television's sound once its way is known, and more where somebody talks too.
    private const float LargestEcho = 0.125f;
    private const float KnownEcho = 0.25f;
    private const int StepsToKnow = 16;
    private const int StepsToGiveUp = 320;
    private const int SmoothedSteps = 6;

    /// <summary>How much later than the microphone the monitor may come.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    private readonly EchoFilter _filter = new();
    private readonly float[] _played = GC.AllocateArray<float>(ISpeechDetector.StepLength, pinned: true);
    private readonly float[] _heard = new float[SmoothedSteps];
    private readonly float[] _unexplained = new float[SmoothedSteps];
    private readonly MonitorClock _clock = new();
    private int _stepsPlayed;
    private int _stepsExplained;
    private int _next;
    private bool _isPlaying;

    /// <summary>Whether the way from the speakers to the microphone is known, or there seems to be none.</summary>
    public bool IsLearnt { get; private set; }

    /// <summary>Of what was heard in the last steps, the share that the speakers do not explain.</summary>
    public float Share { get; private set; } = 1;

    /// <summary>Takes the next step.</summary>
    /// <param name="step">What the microphone heard, at 16 kHz.</param>
    /// <param name="capturedAt">When its last sample was captured (monotonic ticks).</param>
    public bool Explains(ReadOnlySpan<float> step, long capturedAt)
    {
        var wasPlaying = _isPlaying;
        if (_clock.Next(track.PositionAt(capturedAt)))
        {
            Restart();
        }

        _isPlaying = track.WasPlaying(capturedAt, EchoSeconds);
        if (!_isPlaying || !track.TryRead(_clock.Position + LeadSamples, _clock.Rate, _played, waits ? Patience : TimeSpan.Zero))
        {
            return false;
        }

        if (!wasPlaying)
        {
            _filter.Silence();
        }

        (_heard[_next], _unexplained[_next]) = _filter.Process(_played, step);
        _next = (_next + 1) % SmoothedSteps;
        var heard = Sum(_heard);
        Share = heard > 0 ? Sum(_unexplained) / heard : 0;
        Learn();
        return track.OnlyHolds || !IsLearnt || Share < LargestEcho;
    }

    /// <summary>Overwrites what was heard; what was learnt of the room stays.</summary>
    public void Silence()
    {
        _filter.Silence();
        track.Silence();
        Array.Clear(_played);
    }

    private static float Sum(ReadOnlySpan<float> numbers)
    {
        var sum = 0f;
        foreach (var number in numbers)
        {
            sum += number;
        }

        return sum;
    }

    private void Restart()
    {
        _filter.Reset();
        (_stepsPlayed, _stepsExplained, IsLearnt) = (0, 0, false);
    }

    private void Learn()
    {
        _stepsPlayed++;
        _stepsExplained += Share < KnownEcho ? 1 : 0;

        // With headphones there is no way to be learnt.
        IsLearnt |= _stepsExplained >= StepsToKnow || _stepsPlayed >= StepsToGiveUp;
    }
}
