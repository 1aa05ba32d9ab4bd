using System.Diagnostics;
using SernetStream.Dsp.Resampling;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>
/// Deferred speech detection: samples of any rate in, steps of the detector out. Steps wait until somebody wants them
/// judged, and are then judged in one go (<see cref="SpeechJudge"/>), while the detector's weights are in the processor's cache.
/// </summary>
/// <param name="sourceRate">Samples per second of what comes in.</param>
internal sealed class DeferredVad(int sourceRate)
{
    /// <summary>
    /// The most steps that wait: half a second, so that a new watcher, or a consumer of progress, waits no longer.
    /// </summary>
    public const int MaxSteps = 16;

    private const int Length = ISpeechDetector.StepLength;

    private readonly StreamingResampler _resampler = new(sourceRate, FrontEndStage.SampleRate);
    private readonly float[] _samples = GC.AllocateArray<float>(MaxSteps * Length, pinned: true);
    private readonly long[] _capturedAt = new long[MaxSteps];
    private int _filled;
    private long _blockCapturedAt;
    private long _blockEnd;

    /// <summary>Whole steps that wait.</summary>
    public int Count => _filled / Length;

    /// <summary>Samples of the source with which so many steps wait; 1 or more if that many do not yet.</summary>
    public int SamplesWanted(int steps) =>
        (int)(_resampler.InputFor(_resampler.OutputCount + (steps * Length) - _filled) - _resampler.InputCount);

    /// <summary>The most that <see cref="SamplesWanted"/> ever is.</summary>
    public int MaxSamplesWanted => (int)_resampler.InputFor(MaxSteps * Length);

    /// <summary>Says when the samples that are filled in next were captured: the last of them at a time.</summary>
    /// <param name="capturedAt">Monotonic ticks.</param>
    /// <param name="count">How many they are; 0 if they are silence, of which each counts as captured then.</param>
    public void Begin(long capturedAt, int count) =>
        (_blockCapturedAt, _blockEnd) = (capturedAt, count == 0 ? 0 : _resampler.InputCount + count);

    /// <summary>Takes samples until so many steps wait.</summary>
    /// <param name="samples">What is not taken stays.</param>
    /// <param name="steps">More than there are, at most <see cref="MaxSteps"/>.</param>
    /// <returns>Whether so many wait.</returns>
    public bool Fill(ref ReadOnlySpan<float> samples, int steps)
    {
        var room = Room(steps);
        var count = _resampler.Process(samples, room, out var consumed);
        samples = samples[consumed..];
        Take(count);
        return count == room.Length;
    }

    /// <summary>The source has ended: takes what the resampler still holds, until so many steps wait.</summary>
    /// <returns>How many samples it was; 0 when it holds no more.</returns>
    public int Flush(int steps)
    {
        var count = _resampler.Flush(Room(steps));
        Take(count);
        return count;
    }

    /// <summary>The samples of a step.</summary>
    public ReadOnlySpan<float> Samples(int step) => _samples.AsSpan(step * Length, Length);

    /// <summary>When the newest sample that a step depends on was captured.</summary>
    public long CapturedAt(int step) => _capturedAt[step];

    /// <summary>Takes the first steps away.</summary>
    public void Remove(int steps)
    {
        var before = _filled;
        _filled -= steps * Length;
        _samples.AsSpan(steps * Length, _filled).CopyTo(_samples);
        _samples.AsSpan(_filled..before).Clear();
    }

    /// <summary>Overwrites what waits, here and in the resampler, by silence; as many samples wait as before.</summary>
    public void Silence()
    {
        _resampler.Silence();
        Array.Clear(_samples);
    }

    private Span<float> Room(int steps) => _samples.AsSpan(_filled..(steps * Length));

    private void Take(int count)
    {
        var before = Count;
        _filled += count;
        for (var step = before; step < Count; step++)
        {
            // What of the block came later than the newest sample that the step depends on.
            var output = _resampler.OutputCount - (_filled - ((step + 1L) * Length));
            var later = Math.Max(0, _blockEnd - _resampler.InputFor(output));
            _capturedAt[step] = _blockCapturedAt - (later * Stopwatch.Frequency / _resampler.InputRate);
        }
    }
}
