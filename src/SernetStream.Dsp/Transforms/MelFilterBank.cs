using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// Sums DFT bins into triangular mel bands. The corners of the triangles are equally spaced on the mel scale; whether
/// their slopes are straight on that scale or over the frequency, and how tall they are, the options say. The DC bin
/// belongs to none.
/// </summary>
/// <remarks>
/// <para>
/// With HTK's scale, slopes straight in mel and a height of 1 it is TensorFlow's <c>linear_to_mel_weight_matrix</c>;
/// with Slaney's scale, slopes straight in hertz and an area of 1, librosa's <c>filters.mel</c>.
/// </para>
/// <para>
/// Only the bins inside a triangle are multiplied: about 2 weights a bin instead of one a band. The spectra of several frames
/// are summed at once, a frame a lane; each band is one sum in the order of its bins, so every processor gives the same.
/// </para>
/// </remarks>
public sealed class MelFilterBank
{
    private readonly Band[] _bands;
    private readonly float[] _weights;
    private readonly int[] _segments;
    private readonly float[] _pairs;
    private readonly int _firstBin;
    private readonly bool _isVector;
    private readonly bool _takesRoots;

    /// <summary>Computes the weights for the options' band edges, FFT length and sample rate.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public MelFilterBank(FrontEndOptions options, SimdMode mode = SimdMode.Fastest)
        : this(options, takesRoots: false, mode)
    {
    }

    /// <inheritdoc cref="MelFilterBank(FrontEndOptions, SimdMode)"/>
    /// <param name="options">The options.</param>
    /// <param name="takesRoots">Whether powers are given, and magnitudes are to be summed.</param>
    /// <param name="mode">Which implementation runs.</param>
    internal MelFilterBank(FrontEndOptions options, bool takesRoots, SimdMode mode)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _takesRoots = takesRoots;
        _isVector = mode.IsVector();
        Batch = _isVector ? Vector<float>.Count : 1;
        BinCount = (options.FftLength / 2) + 1;
        _bands = new Band[options.MelBands];
        var weights = new List<float>();
        for (var band = 0; band < _bands.Length; band++)
        {
            var (firstBin, inside) = Triangle(options, band);
            _bands[band] = new Band(firstBin, weights.Count, inside.Length);
            weights.AddRange(inside);
        }

        _weights = [.. weights];
        (_segments, _pairs, _firstBin) = Segments();
    }

    /// <summary>Number of bands.</summary>
    public int BandCount => _bands.Length;

    /// <summary>Number of DFT bins, from zero to half the sample rate.</summary>
    public int BinCount { get; }

    /// <summary>Frames at once.</summary>
    public int Batch { get; }

    /// <summary>Writes the energies of every band.</summary>
    /// <param name="spectra">Magnitudes or powers: <see cref="BinCount"/> × <see cref="Batch"/>.</param>
    /// <param name="mel">Sums: <see cref="BandCount"/> × <see cref="Batch"/>.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(ReadOnlySpan<float> spectra, Span<float> mel)
    {
        if (spectra.Length != BinCount * Batch || mel.Length != BandCount * Batch)
        {
            throw new ArgumentException($"A mel product of {Batch} frames makes {BandCount} bands each of {BinCount} bins.");
        }

        if (_isVector)
        {
            ApplyVectors(spectra, mel);
        }
        else
        {
            ApplyScalars(spectra, mel);
        }
    }

    /// <summary>Each bin is read once: it belongs to the falling side of one triangle and to the rising side of the next.</summary>
    private void ApplyVectors(ReadOnlySpan<float> spectra, Span<float> mel)
    {
        ref var bin = ref Unsafe.Add(ref MemoryMarshal.GetReference(spectra), _firstBin * Vector<float>.Count);
        ref var sums = ref MemoryMarshal.GetReference(mel);
        ref var weight = ref MemoryMarshal.GetArrayDataReference(_pairs);
        var rising = Vector<float>.Zero;
        for (var segment = 0; segment < _segments.Length; segment++)
        {
            var falling = rising;
            rising = Vector<float>.Zero;
            for (var left = _segments[segment]; left > 0; left--)
            {
                var value = _takesRoots ? Vector.SquareRoot(Vector.LoadUnsafe(ref bin)) : Vector.LoadUnsafe(ref bin);
                falling += value * new Vector<float>(weight);
                rising += value * new Vector<float>(Unsafe.Add(ref weight, 1));
                bin = ref Unsafe.Add(ref bin, Vector<float>.Count);
                weight = ref Unsafe.Add(ref weight, 2);
            }

            if (segment > 0)
            {
                falling.StoreUnsafe(ref sums);
                sums = ref Unsafe.Add(ref sums, Vector<float>.Count);
            }
        }
    }

    private void ApplyScalars(ReadOnlySpan<float> spectrum, Span<float> mel)
    {
        for (var i = 0; i < _bands.Length; i++)
        {
            var (bin, weight, count) = _bands[i];
            var sum = 0f;
            for (var end = bin + count; bin < end; bin++, weight++)
            {
                sum += (_takesRoots ? MathF.Sqrt(spectrum[bin]) : spectrum[bin]) * _weights[weight];
            }

            mel[i] = sum;
        }
    }

    /// <summary>
    /// The bins once more, by the corners that they lie between: how many lie before the centre of each band, and behind that of the
    /// last; the weights of each in the band before and in this one; and the first of all.
    /// </summary>
    private (int[] Counts, float[] Pairs, int FirstBin) Segments()
    {
        var counts = new int[_bands.Length + 1];
        var pairs = new List<float>();
        var inside = _bands.Where(band => band.Count > 0).ToArray();
        var firstBin = inside.Length > 0 ? inside.Min(band => band.FirstBin) : 0;
        var end = inside.Length > 0 ? inside.Max(band => band.FirstBin + band.Count) : 0;
        var segment = 0;
        for (var bin = firstBin; bin < end; bin++)
        {
            // Triangles overlap the next one alone, so no bin lies in more than two.
            var last = Array.FindLastIndex(_bands, band => WeightIn(band, bin) > 0);
            segment = Math.Max(segment, last);
            counts[segment]++;
            pairs.Add(segment > 0 ? WeightIn(_bands[segment - 1], bin) : 0);
            pairs.Add(segment < _bands.Length ? WeightIn(_bands[segment], bin) : 0);
        }

        return (counts, [.. pairs], firstBin);
    }

    private float WeightIn(Band band, int bin) =>
        bin >= band.FirstBin && bin < band.FirstBin + band.Count ? _weights[band.FirstWeight + bin - band.FirstBin] : 0;

    /// <summary>The first bin of a triangle, and the weights from there on.</summary>
    private static (int FirstBin, float[] Weights) Triangle(FrontEndOptions options, int band)
    {
        var scale = options.MelScale;
        var low = MelScale.FromHz(options.LowHz, scale);
        var step = (MelScale.FromHz(options.HighHz, scale) - low) / (options.MelBands + 1);
        double Place(double mel) => options.MelSlope == MelSlopeKind.Mel ? mel : MelScale.ToHz(mel, scale);
        var (left, centre, right) = (
            Place(low + (band * step)), Place(low + ((band + 1) * step)), Place(low + ((band + 2) * step)));
        var width = MelScale.ToHz(low + ((band + 2) * step), scale) - MelScale.ToHz(low + (band * step), scale);
        var height = options.MelNorm == MelNormKind.Area ? 2 / width : 1;

        double WeightOf(int bin)
        {
            var hz = (double)bin * options.SampleRate / options.FftLength;
            var place = options.MelSlope == MelSlopeKind.Mel ? MelScale.FromHz(hz, scale) : hz;
            return height * Math.Min((place - left) / (centre - left), (right - place) / (right - centre));
        }

        var bins = Enumerable.Range(1, options.FftLength / 2).Where(bin => WeightOf(bin) > 0).ToArray();
        return (bins.Length > 0 ? bins[0] : 0, [.. bins.Select(bin => (float)WeightOf(bin))]);
    }

    /// <summary>Where a band's bins and weights begin, and how many there are.</summary>
    private readonly record struct Band(int FirstBin, int FirstWeight, int Count);
}
