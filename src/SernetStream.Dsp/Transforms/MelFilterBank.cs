using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
/// Only the bins inside a triangle are multiplied: about 2 weights a bin instead of one a band. Weights are filled up
/// with zeros to whole vectors, so <see cref="Apply"/> reads up to a vector beyond a band's last bin. The vectors are
/// of 128 bits everywhere: each band is four sums, added in one order, so every processor gives the same.
/// </para>
/// </remarks>
public sealed class MelFilterBank
{
    private const int Lanes = 4;

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
        BinCount = (options.FftLength / 2) + 1;
        _bands = new Band[options.MelBands];
        var weights = new List<float>();
        for (var band = 0; band < _bands.Length; band++)
        {
            var (firstBin, inside) = Triangle(options, band);
            var padded = (inside.Length + Lanes - 1) / Lanes * Lanes;
            _bands[band] = new Band(firstBin, weights.Count, padded);
            weights.AddRange(inside);
            weights.AddRange(new float[padded - inside.Length]);
        }

        _weights = [.. weights];
        RoomNeeded = Math.Max(BinCount, _bands.Max(band => band.FirstBin + band.Count));
    }

    /// <summary>Number of bands.</summary>
    public int BandCount => _bands.Length;

    /// <summary>Number of DFT bins, from zero to half the sample rate.</summary>
    public int BinCount { get; }

    /// <summary>Numbers the spectrum's span must have; those from <see cref="BinCount"/> on are multiplied by zero.</summary>
    public int RoomNeeded { get; }

    /// <summary>Writes the energy of every band.</summary>
    /// <param name="spectrum"><see cref="BinCount"/> magnitudes or powers in <see cref="RoomNeeded"/> finite numbers.</param>
    /// <param name="mel"><see cref="BandCount"/> sums.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public void Apply(ReadOnlySpan<float> spectrum, Span<float> mel)
    {
        if (spectrum.Length < RoomNeeded || mel.Length < BandCount)
        {
            throw new ArgumentException($"A mel product needs room for {RoomNeeded} bins and {BandCount} bands.");
        }

        if (_isVector)
        {
            ApplyVectors(spectrum, mel);
        }
        else
        {
            ApplyScalars(spectrum, mel);
        }
    }

    private void ApplyVectors(ReadOnlySpan<float> spectrum, Span<float> mel)
    {
        ref var bins = ref MemoryMarshal.GetReference(spectrum);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        for (var i = 0; i < _bands.Length; i++)
        {
            ref readonly var band = ref _bands[i];
            var sum = Vector128<float>.Zero;
            for (var n = 0; n < band.Count; n += Lanes)
            {
                sum += Vector128.LoadUnsafe(ref bins, (nuint)(band.FirstBin + n))
                    * Vector128.LoadUnsafe(ref weights, (nuint)(band.FirstWeight + n));
            }

            mel[i] = Vector128.Sum(sum);
        }
    }

    private void ApplyScalars(ReadOnlySpan<float> spectrum, Span<float> mel)
    {
        for (var i = 0; i < _bands.Length; i++)
        {
            var (bin, weight, count) = _bands[i];
            var (first, second, third, fourth) = (0f, 0f, 0f, 0f);
            for (var end = bin + count; bin < end; bin += Lanes, weight += Lanes)
            {
                first += spectrum[bin] * _weights[weight];
                second += spectrum[bin + 1] * _weights[weight + 1];
                third += spectrum[bin + 2] * _weights[weight + 2];
                fourth += spectrum[bin + 3] * _weights[weight + 3];
            }

            mel[i] = first + second + (third + fourth);
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

    /// <summary>Where a band's bins and weights begin, and how many there are, with zeros up to whole vectors.</summary>
    private readonly record struct Band(int FirstBin, int FirstWeight, int Count);
}
