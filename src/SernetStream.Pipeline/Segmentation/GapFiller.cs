using System.Numerics;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>
/// The clock of a stream while samples are missing, because they were lost or are muted: divides them into those that are
/// fed as silence and those that only move the clock. Not one is lost or invented at any rate: what only moves the
/// clock is a whole number of samples at both rates and of steps, and what is left over is fed once samples come again.
/// </summary>
internal sealed class GapFiller
{
    private readonly int _sourceRate;
    private readonly long _most;
    private readonly long _unit;
    private readonly long _unitOfSource;
    private long _fed;
    private long _owed;

    /// <param name="sourceRate">Samples per second of what is missing.</param>
    /// <param name="most">Missing samples in a row that are fed.</param>
    public GapFiller(int sourceRate, long most)
    {
        (_sourceRate, _most) = (sourceRate, most);
        var whole = FrontEndStage.SampleRate / (long)BigInteger.GreatestCommonDivisor(sourceRate, FrontEndStage.SampleRate);
        _unit = whole * ISpeechDetector.StepLength / (long)BigInteger.GreatestCommonDivisor(whole, ISpeechDetector.StepLength);
        _unitOfSource = _unit * sourceRate / FrontEndStage.SampleRate;
    }

    /// <summary>Samples of the source that are missing in a row.</summary>
    public long Missing { get; private set; }

    /// <summary>Whether what is fed is known to hold no speech: the gap is longer than a pause, or the stream is muted.</summary>
    public bool IsSilence { get; set; }

    /// <summary>Samples at 16 kHz that were never fed and never will be.</summary>
    public long Skipped { get; private set; }

    /// <summary>Those, and the whole steps of what is to be fed when samples come again.</summary>
    public long Elapsed =>
        Skipped + (_owed * FrontEndStage.SampleRate / _sourceRate / ISpeechDetector.StepLength * ISpeechDetector.StepLength);

    /// <summary>Time passes without samples.</summary>
    /// <param name="count">Samples of the source that are missing.</param>
    /// <returns>How many of them are to be fed as silence now.</returns>
    public long Pass(long count)
    {
        var fed = Math.Min(count, _most - _fed);
        _fed += fed;
        var (units, owed) = Math.DivRem(_owed + count - fed, _unitOfSource);
        Skipped += units * _unit;
        _owed = owed;
        return fed;
    }

    /// <summary>Samples are missing, lost on their way.</summary>
    /// <param name="count">Samples of the source.</param>
    /// <param name="longestPause">The longest gap that is still a pause in an utterance.</param>
    /// <returns>Whether by them the gap has become longer than a pause.</returns>
    public bool Miss(long count, long longestPause)
    {
        Missing += count;
        var ends = Missing >= longestPause && !IsSilence;
        IsSilence |= ends;
        return ends;
    }

    /// <summary>Samples come again.</summary>
    /// <returns>How many samples of silence are to be fed before them.</returns>
    public long Owed()
    {
        var owed = _owed;
        (_fed, _owed) = (0, 0);
        return owed;
    }

    /// <summary>All missing samples have been fed: the gap is over.</summary>
    public void End() => (Missing, IsSilence) = (0, false);
}
