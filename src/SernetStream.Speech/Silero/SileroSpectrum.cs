using System.Numerics;
using System.Runtime.InteropServices;
using SernetStream.Dsp;
using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Transforms;

namespace SernetStream.Speech.Silero;

/// <summary>
/// What the network sees of a step: the magnitudes of four frames of 16 ms, each half over the next, under a Hann window. The
/// first begins 64 samples before the step; the last goes 64 samples beyond it, where the step is mirrored.
/// </summary>
internal sealed class SileroSpectrum
{
    /// <summary>Frames of a step.</summary>
    public const int FrameCount = 4;

    /// <summary>Magnitudes of a frame.</summary>
    public const int BinCount = (FrameLength / 2) + 1;

    private const int FrameLength = 256;
    private const int Hop = FrameLength / 2;
    private const int ContextLength = 64;
    private const int MirrorLength = 64;

    /// <summary>
    /// Less than this is none: no sound that anything records is so quiet, and processors take a hundred times as long for the
    /// numbers that it would become.
    /// </summary>
    private const float Least = 1e-18f;

    private static readonly double[] Taper =
        [.. Enumerable.Range(0, FrameLength).Select(n => 0.5 - (0.5 * Math.Cos(2 * Math.PI * n / FrameLength)))];

    private readonly FrameSpectra _spectra;
    private readonly bool _isVector;
    // Pinned: a collection that moved it would leave a copy of the sound behind.
    private readonly float[] _samples =
        GC.AllocateArray<float>(ContextLength + ISpeechDetector.StepLength + MirrorLength, pinned: true);
    private readonly float[] _magnitudes = GC.AllocateArray<float>(FrameCount * BinCount, pinned: true);

    public SileroSpectrum(SimdMode mode)
    {
        _spectra = new FrameSpectra(Taper, Hop, FrameLength, SpectrumKind.Magnitude, mode);
        _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;
    }

    private Span<float> Sound => _samples.AsSpan(0, ContextLength + ISpeechDetector.StepLength);

    /// <summary>The magnitudes of the next step, frame by frame; valid until the next.</summary>
    /// <param name="step">Its samples.</param>
    /// <param name="other">Another's, which has perhaps just computed them of the same samples.</param>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> step, SileroSpectrum? other = null)
    {
        var sound = Sound;
        sound[^ContextLength..].CopyTo(sound);
        step.CopyTo(sound[ContextLength..]);
        if (other is not null && MemoryMarshal.AsBytes(sound).SequenceEqual(MemoryMarshal.AsBytes(other.Sound)))
        {
            return other._magnitudes;
        }

        // The last sample is the mirror's edge, and is not repeated.
        var mirror = _samples.AsSpan(sound.Length);
        sound[^(MirrorLength + 1)..^1].CopyTo(mirror);
        mirror.Reverse();

        for (var frame = 0; frame < FrameCount; frame += _spectra.Batch)
        {
            var count = Math.Min(_spectra.Batch, FrameCount - frame);
            var samples = _samples.AsSpan(frame * Hop, ((count - 1) * Hop) + FrameLength);
            _spectra.Apply(samples, count, _magnitudes.AsSpan(frame * BinCount, count * BinCount));
        }

        DropLeast();
        return _magnitudes;
    }

    /// <summary>Forgets the step before: what was left of it here is overwritten by silence, whose magnitudes these are.</summary>
    public ReadOnlySpan<float> OfSilence()
    {
        Array.Clear(_samples);
        return Of(_samples.AsSpan(ContextLength, ISpeechDetector.StepLength));
    }

    private void DropLeast()
    {
        var n = 0;
        var least = new Vector<float>(Least);
        for (; _isVector && n + Vector<float>.Count <= _magnitudes.Length; n += Vector<float>.Count)
        {
            var magnitudes = new Vector<float>(_magnitudes, n);
            Vector.ConditionalSelect(Vector.LessThan(magnitudes, least), Vector<float>.Zero, magnitudes).CopyTo(_magnitudes, n);
        }

        for (; n < _magnitudes.Length; n++)
        {
            _magnitudes[n] = _magnitudes[n] < Least ? 0 : _magnitudes[n];
        }
    }
}
