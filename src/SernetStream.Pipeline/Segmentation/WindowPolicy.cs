using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>Which parts of a stream are classified.</summary>
public enum WindowPolicy
{
    /// <summary>
    /// Each utterance: as far as it has come, every hop, and once as a whole (its newest segment) when it is over. What
    /// the models were trained on.
    /// </summary>
    Utterance,

    /// <summary>The newest segment, every hop, if enough of it is speech.</summary>
    Sliding,
}

/// <summary>What the speech gate made of one step. Positions are samples at 16 kHz.</summary>
/// <param name="Position">Where the stream is: one past the step's last sample.</param>
/// <param name="Transition">What the step did to the gate.</param>
/// <param name="IsOpen">Whether the gate is open after it.</param>
/// <param name="Start">First sample of the utterance that goes on, or of the last one.</param>
/// <param name="End">One past the last sample of the last utterance that ended.</param>
internal readonly record struct GateStep(long Position, GateTransition Transition, bool IsOpen, long Start, long End);

/// <summary>Says after each step whether a window is to be cut, and which. Pure; one stream, one thread.</summary>
internal interface IWindowSchedule
{
    /// <summary>Takes a step of the gate.</summary>
    /// <param name="step">The step; one follows the other.</param>
    /// <param name="start">First sample of the window; perhaps earlier than what is kept.</param>
    /// <param name="end">One past its last.</param>
    /// <returns>Whether there is one, and whether it judges a whole utterance.</returns>
    DueWindow Next(in GateStep step, out long start, out long end);

    /// <summary>The soonest that a window can fall due as long as the gate neither opens nor closes.</summary>
    /// <param name="position">Where the stream is.</param>
    /// <param name="isOpen">Whether the gate is open.</param>
    /// <returns>Samples from there; 1 or more.</returns>
    long SamplesUntilDue(long position, bool isOpen);
}

/// <summary>What a schedule wants.</summary>
internal enum DueWindow
{
    None,
    Interim,
    Final,
}

/// <summary><see cref="WindowPolicy.Utterance"/>.</summary>
/// <param name="hop">Samples from one interim to the next; kept on average if it is not a multiple of the step.</param>
internal sealed class UtteranceSchedule(int hop) : IWindowSchedule
{
    private long _nextInterim;

    public DueWindow Next(in GateStep step, out long start, out long end)
    {
        (start, end) = (step.Start, step.Position);
        switch (step.Transition)
        {
            case GateTransition.Closed:
                end = step.End;
                return DueWindow.Final;
            case GateTransition.Opened:
                _nextInterim = step.Start + hop;
                break;
            default:
                break;
        }

        if (!step.IsOpen || step.Position < _nextInterim)
        {
            return DueWindow.None;
        }

        // A long pre-roll may be longer than a hop; what is due then is one window, not several.
        _nextInterim += (((step.Position - _nextInterim) / hop) + 1) * hop;
        return DueWindow.Interim;
    }

    public long SamplesUntilDue(long position, bool isOpen) => isOpen ? Math.Max(1, _nextInterim - position) : long.MaxValue;
}

/// <summary><see cref="WindowPolicy.Sliding"/>.</summary>
internal sealed class SlidingSchedule : IWindowSchedule
{
    private readonly int _hop;
    private readonly int _segment;
    private readonly int _fewestSpeech;
    private readonly bool[] _speech;
    private long _nextWindow;
    private long _position;
    private int _next;
    private int _count;

    /// <param name="hop">Samples from one window to the next.</param>
    /// <param name="segment">Samples in a window.</param>
    /// <param name="minSpeechShare">How much of a window must be speech, 0..1.</param>
    public SlidingSchedule(int hop, int segment, double minSpeechShare)
    {
        _hop = hop;
        _segment = segment;
        _speech = new bool[Math.Max(1, segment / ISpeechDetector.StepLength)];
        _fewestSpeech = Math.Max(1, (int)Math.Ceiling(minSpeechShare * _speech.Length));
        _nextWindow = hop;
    }

    public DueWindow Next(in GateStep step, out long start, out long end)
    {
        (start, end) = (Math.Max(0, step.Position - _segment), step.Position);
        if (step.Position == _position)
        {
            // The gate was closed from outside; no time has passed.
            return DueWindow.None;
        }

        _position = step.Position;
        _count += (step.IsOpen ? 1 : 0) - (_speech[_next] ? 1 : 0);
        _speech[_next] = step.IsOpen;
        _next = (_next + 1) % _speech.Length;
        if (step.Position < _nextWindow)
        {
            return DueWindow.None;
        }

        _nextWindow += (((step.Position - _nextWindow) / _hop) + 1) * _hop;
        return _count >= _fewestSpeech ? DueWindow.Interim : DueWindow.None;
    }

    public long SamplesUntilDue(long position, bool isOpen) => Math.Max(1, _nextWindow - position);
}
