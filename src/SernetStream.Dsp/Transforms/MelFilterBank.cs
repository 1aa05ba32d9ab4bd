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
    private readonly bool _isVector;

    /// <summary>Computes the weights for the options' band edges, FFT length and sample rate.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public MelFilterBank(FrontEndOptions options, SimdMode mode = SimdMode.Fastest)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
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

    private void ApplyVectors(ReadOnlySpan<float> spectra, Span<float> mel)
    {
        ref var bins = ref MemoryMarshal.GetReference(spectra);
        ref var sums = ref MemoryMarshal.GetReference(mel);
        ref var weight = ref MemoryMarshal.GetArrayDataReference(_weights);
        foreach (ref readonly var band in _bands.AsSpan())
        {
            var sum = Vector<float>.Zero;
            ref var bin = ref Unsafe.Add(ref bins, band.FirstBin * Vector<float>.Count);
            var n = 0;
            for (; n + 1 < band.Count; n += 2)
            {
                sum += Vector.LoadUnsafe(ref bin) * new Vector<float>(weight);
                sum += Vector.LoadUnsafe(ref bin, (nuint)Vector<float>.Count) * new Vector<float>(Unsafe.Add(ref weight, 1));
                bin = ref Unsafe.Add(ref bin, 2 * Vector<float>.Count);
                weight = ref Unsafe.Add(ref weight, 2);
            }

            if (n < band.Count)
            {
                sum += Vector.LoadUnsafe(ref bin) * new Vector<float>(weight);
                weight = ref Unsafe.Add(ref weight, 1);
            }

            sum.StoreUnsafe(ref sums);
            sums = ref Unsafe.Add(ref sums, Vector<float>.Count);
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
                sum += spectrum[bin] * _weights[weight];
            }

            mel[i] = sum;
        }
    }

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
