using System.Numerics;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// Samples → frames that overlap → taper → DFT → magnitudes or powers, of several frames at once: what the frames have at the
/// same place lies side by side, in the lanes of a vector.
/// </summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class FrameSpectra
{
    private readonly int _frameLength;
    private readonly int _hop;
    private readonly bool _isPower;
    private readonly bool _isVector;
    private readonly int _rows;
    private readonly float[] _columns;
    private readonly Memory<float> _spectra;
    private readonly LaneFft _fft;

    /// <summary>Prepares tables.</summary>
    /// <param name="taper">What the samples of a frame are multiplied with; as many as a frame has.</param>
    /// <param name="hop">Samples from the start of a frame to the start of the next, at most a frame.</param>
    /// <param name="length">Length of the DFT, a power of two in 16..65536; a shorter frame is followed by zeros.</param>
    /// <param name="kind">Magnitude or power.</param>
    /// <param name="mode">Which implementation runs.</param>
    /// <exception cref="ArgumentException">The length is not one that can be transformed, or a frame or hop is longer than it.</exception>
    public FrameSpectra(ReadOnlySpan<double> taper, int hop, int length, SpectrumKind kind, SimdMode mode = SimdMode.Fastest)
    {
        if (length is < 16 or > 65536 || !int.IsPow2(length))
        {
            throw new ArgumentException($"length is {length}; it must be a power of two in 16..65536.", nameof(length));
        }

        if (hop < 1 || hop > taper.Length || taper.Length > length)
        {
            throw new ArgumentException($"A hop of {hop} in a frame of {taper.Length} in a transform of {length} is none.", nameof(hop));
        }

        _frameLength = taper.Length;
        _hop = hop;
        _isPower = kind == SpectrumKind.Power;
        _isVector = mode.IsVector();
        Batch = _isVector ? Vector<float>.Count : 1;
        BinCount = (length / 2) + 1;

        // A row of the samples is a hop. A column, what all rows have at the same place, has its lanes side by side.
        _rows = ((length - 1) / hop) + Batch;
        // Pinned: a collection that moved it would leave a copy of the sound behind.
        _columns = GC.AllocateArray<float>(_rows * hop, pinned: true);
        _spectra = CacheLines.Allocate<float>(BinCount * Batch);
        var places = new int[length];
        for (var n = 0; n < length; n++)
        {
            places[n] = (n % hop * _rows) + (n / hop);
        }

        _fft = LaneFft.Create([.. taper, .. new double[length - taper.Length]], places, Batch, mode);
    }

    /// <summary>The most frames at once: it costs little more than one.</summary>
    public int Batch { get; }

    /// <summary>Number of bins from zero to half the sample rate.</summary>
    public int BinCount { get; }

    /// <summary>Writes the spectra of frames that follow each other.</summary>
    /// <param name="samples">All samples of the frames, finite.</param>
    /// <param name="frames">How many frames, 1..<see cref="Batch"/>.</param>
    /// <param name="spectra">Frames × <see cref="BinCount"/>.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(ReadOnlySpan<float> samples, int frames, Span<float> spectra)
    {
        var lanes = InLanes(samples, frames);
        if (spectra.Length != frames * BinCount)
        {
            throw new ArgumentException($"{frames} spectra have {frames * BinCount} bins.", nameof(spectra));
        }

        Transposition.Apply(lanes, Batch, BinCount, frames, spectra, BinCount, _isVector);
    }

    /// <summary>
    /// As the public method, but bin by bin: <see cref="BinCount"/> × <see cref="Batch"/>. Lanes beyond the frames have finite numbers
    /// without a meaning. The span is valid until the next call.
    /// </summary>
    internal ReadOnlySpan<float> InLanes(ReadOnlySpan<float> samples, int frames)
    {
        if (frames < 1 || frames > Batch || samples.Length != ((frames - 1) * _hop) + _frameLength)
        {
            throw new ArgumentException($"1..{Batch} frames of {_frameLength} samples, {_hop} apart, are not {frames} in {samples.Length} samples.");
        }

        var (whole, rest) = Math.DivRem(samples.Length, _hop);
        Transposition.Apply(samples, _hop, whole, _hop, _columns, _rows, _isVector);
        Transposition.Apply(samples[(whole * _hop)..], _hop, rest > 0 ? 1 : 0, rest, _columns.AsSpan(whole), _rows, _isVector);
        return Transform(frames);
    }

    /// <summary>Overwrites what is left of the last frames by silence, whose spectrum this is.</summary>
    internal ReadOnlySpan<float> OfSilence()
    {
        Array.Clear(_columns);
        return Transform(Batch);
    }

    private Span<float> Transform(int frames)
    {
        var spectra = _spectra.Span;
        for (var lane = 0; lane < frames; lane += _fft.Lanes)
        {
            _fft.Apply(_columns.AsSpan(lane), spectra[lane..]);
        }

        if (!_isPower)
        {
            TakeRoots(spectra);
        }

        return spectra;
    }

    private void TakeRoots(Span<float> spectra)
    {
        ref var start = ref MemoryMarshal.GetReference(spectra);
        var n = 0;
        for (; _isVector && n < spectra.Length; n += Vector<float>.Count)
        {
            VectorExtensions.Store(Vector.SquareRoot(VectorExtensions.Load(ref start, n)), ref start, n);
        }

        for (; n < spectra.Length; n++)
        {
            spectra[n] = MathF.Sqrt(spectra[n]);
        }
    }
}
