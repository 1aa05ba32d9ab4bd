using System.Numerics;

namespace SernetStream.Dsp;

/// <summary>
/// Sums DFT bins into triangular mel bands. The corners of the triangles are equally spaced on the mel scale (HTK's
/// formula, 1127·ln(1 + f/700)), the slopes are straight on that scale, every triangle is 1 high, and the DC bin
/// belongs to none: the definition of TensorFlow's <c>linear_to_mel_weight_matrix</c>.
/// </summary>
/// <remarks>Only the bins inside a triangle are stored and multiplied: about 2 weights a bin instead of one a band.</remarks>
public sealed class MelFilterBank
{
    private readonly int[] _firstBin;
    private readonly float[][] _weights;

    /// <summary>Computes the weights for the options' band edges, FFT length and sample rate.</summary>
    public MelFilterBank(FrontEndOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        BinCount = (options.FftLength / 2) + 1;
        _firstBin = new int[options.MelBands];
        _weights = new float[options.MelBands][];

        var binMel = new double[BinCount];
        for (var bin = 0; bin < BinCount; bin++)
        {
            binMel[bin] = HzToMel((double)bin * options.SampleRate / options.FftLength);
        }

        var low = HzToMel(options.LowHz);
        var step = (HzToMel(options.HighHz) - low) / (options.MelBands + 1);
        for (var band = 0; band < options.MelBands; band++)
        {
            var centre = low + ((band + 1) * step);
            double WeightOf(int bin) => 1 - (Math.Abs(binMel[bin] - centre) / step);

            var bins = Enumerable.Range(1, BinCount - 1).Where(bin => WeightOf(bin) > 0).ToArray();
            _firstBin[band] = bins.Length > 0 ? bins[0] : 0;
            _weights[band] = [.. bins.Select(bin => (float)WeightOf(bin))];
        }
    }

    /// <summary>Number of bands.</summary>
    public int BandCount => _weights.Length;

    /// <summary>Number of DFT bins it reads, from zero to half the sample rate.</summary>
    public int BinCount { get; }

    /// <summary>HTK's mel scale.</summary>
    public static double HzToMel(double hz) => 1127 * Math.Log(1 + (hz / 700));

    /// <summary>Writes the energy of every band.</summary>
    /// <param name="spectrum"><see cref="BinCount"/> magnitudes or powers.</param>
    /// <param name="mel"><see cref="BandCount"/> sums.</param>
    public void Apply(ReadOnlySpan<float> spectrum, Span<float> mel)
    {
        for (var band = 0; band < _weights.Length; band++)
        {
            var weights = _weights[band].AsSpan();
            mel[band] = SpanMath.Dot(weights, spectrum.Slice(_firstBin[band], weights.Length));
        }
    }
}

/// <summary>Inner loops over spans, on vectors as wide as the machine has.</summary>
internal static class SpanMath
{
    /// <summary>Σ a[i]·b[i]; the spans are equally long.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        }

        var total = Vector.Sum(sum);
        for (; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }

    /// <summary>destination[i] = ln(gain·source[i] + offset).</summary>
    public static void LogOfScaled(ReadOnlySpan<float> source, float gain, float offset, Span<float> destination)
    {
        var i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Log((new Vector<float>(source[i..]) * gain) + new Vector<float>(offset)).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = MathF.Log((source[i] * gain) + offset);
        }
    }
}
