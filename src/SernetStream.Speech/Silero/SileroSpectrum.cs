using System.Numerics;
using System.Runtime.InteropServices;
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
    private const double Least = 1e-20;

    private static readonly double[] Taper =
        [.. Enumerable.Range(0, FrameLength).Select(n => 0.5 - (0.5 * Math.Cos(2 * Math.PI * n / FrameLength)))];

    private readonly RealFft _fft;
    private readonly bool _isVector;
    // Pinned: a collection that moved them would leave a copy of the sound behind.
    private readonly float[] _samples =
        GC.AllocateArray<float>(ContextLength + ISpeechDetector.StepLength + MirrorLength, pinned: true);
    private readonly double[] _frame = GC.AllocateArray<double>(FrameLength, pinned: true);
    private readonly double[] _power = new double[BinCount];
    private readonly float[] _magnitudes = new float[FrameCount * BinCount];

    public SileroSpectrum(SimdMode mode)
    {
        _fft = new RealFft(FrameLength, mode);
        _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;
    }

    /// <summary>The magnitudes of the next step, frame by frame; valid until the next.</summary>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> step)
    {
        var sound = _samples.AsSpan(0, ContextLength + ISpeechDetector.StepLength);
        sound[^ContextLength..].CopyTo(sound);
        step.CopyTo(sound[ContextLength..]);

        // The last sample is the mirror's edge, and is not repeated.
        var mirror = _samples.AsSpan(sound.Length);
        sound[^(MirrorLength + 1)..^1].CopyTo(mirror);
        mirror.Reverse();

        for (var frame = 0; frame < FrameCount; frame++)
        {
            Weigh(_samples.AsSpan(frame * Hop, FrameLength));
            _fft.PowerSpectrum(_frame, _power);
            TakeMagnitudes(_magnitudes.AsSpan(frame * BinCount, BinCount));
        }

        return _magnitudes;
    }

    /// <summary>Forgets the step before: what was left of it here is overwritten by silence, whose magnitudes these are.</summary>
    public ReadOnlySpan<float> OfSilence()
    {
        Array.Clear(_samples);
        return Of(_samples.AsSpan(ContextLength, ISpeechDetector.StepLength));
    }

    private void Weigh(ReadOnlySpan<float> samples)
    {
        ref var x = ref MemoryMarshal.GetReference(samples);
        ref var taper = ref MemoryMarshal.GetArrayDataReference(Taper);
        ref var frame = ref MemoryMarshal.GetArrayDataReference(_frame);
        nuint n = 0;
        var half = (nuint)Vector<double>.Count;
        for (; _isVector && n < FrameLength; n += 2 * half)
        {
            Vector.Widen(Vector.LoadUnsafe(ref x, n), out var low, out var high);
            (low * Vector.LoadUnsafe(ref taper, n)).StoreUnsafe(ref frame, n);
            (high * Vector.LoadUnsafe(ref taper, n + half)).StoreUnsafe(ref frame, n + half);
        }

        for (; n < FrameLength; n++)
        {
            _frame[n] = samples[(int)n] * Taper[n];
        }
    }

    private void TakeMagnitudes(Span<float> magnitudes)
    {
        var n = 0;
        var least = new Vector<double>(Least);
        for (; _isVector && n + Vector<float>.Count <= BinCount; n += Vector<float>.Count)
        {
            var low = Vector.SquareRoot(new Vector<double>(_power, n));
            var high = Vector.SquareRoot(new Vector<double>(_power, n + Vector<double>.Count));
            low = Vector.ConditionalSelect(Vector.LessThan(low, least), Vector<double>.Zero, low);
            high = Vector.ConditionalSelect(Vector.LessThan(high, least), Vector<double>.Zero, high);
            Vector.Narrow(low, high).CopyTo(magnitudes[n..]);
        }

        for (; n < BinCount; n++)
        {
            var magnitude = Math.Sqrt(_power[n]);
            magnitudes[n] = magnitude < Least ? 0 : (float)magnitude;
        }
    }
}
