using System.Numerics;
using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Transforms;
using SernetStream.Speech.Silero;

namespace SernetStream.Speech;

/// <summary>
/// The logarithms of the bands of a step, and how far each is above the room's floor, which follows what is quiet within
/// a moment and what is loud within some seconds. So a fan that runs on is no more than a quiet room.
/// </summary>
internal sealed class StepBands
{
    /// <summary>Bands: single bins up to 1 kHz, then a sixth of an octave each.</summary>
    public const int Count = 32;

    // As in training/sernet/gate/network.py.
    private const float Offset = 1e-3f;
    private const float Rise = 0.01f;
    private const float Fall = 0.1f;
    private const int Frames = SileroSpectrum.FrameCount;
    private const int Bins = SileroSpectrum.BinCount;

    /// <summary>The first bin of each band, and the end of the last.</summary>
    private static readonly int[] Edges =
    [
        .. Enumerable.Range(1, Count / 2),
        .. Enumerable.Range(0, (Count / 2) + 1).Select(k => (int)Math.Round(17 * Math.Pow(Bins / 17.0, k / (Count / 2.0)))),
    ];

    private static readonly float[] Shares =
        [.. Enumerable.Range(0, Count).Select(band => 1f / (Frames * (Edges[band + 1] - Edges[band])))];

    private readonly bool _isVector;
    private readonly float[] _sums = new float[Bins];
    private readonly float[] _floor = new float[Count];
    private readonly float[] _image = new float[2 * Count];
    private bool _hasFloor;

    public StepBands(SimdMode mode)
    {
        Spectrum = new SileroSpectrum(mode);
        _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;
    }

    /// <summary>The spectrum of the last step.</summary>
    public SileroSpectrum Spectrum { get; }

    /// <summary>Of the next step: how far the bands are above the floor, then the bands; valid until the next.</summary>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> step)
    {
        AddFrames(Spectrum.Of(step));
        var logs = _image.AsSpan(Count);
        for (var band = 0; band < Count; band++)
        {
            var sum = 0f;
            for (var bin = Edges[band]; bin < Edges[band + 1]; bin++)
            {
                sum += _sums[bin];
            }

            logs[band] = (sum * Shares[band]) + Offset;
        }

        TakeLogarithms(logs);
        if (!_hasFloor)
        {
            logs.CopyTo(_floor);
            _hasFloor = true;
        }

        Compare(logs, _image.AsSpan(0, Count));
        return _image;
    }

    /// <summary>Forgets what was heard, and overwrites it.</summary>
    public void Reset()
    {
        Spectrum.OfSilence();
        Array.Clear(_sums);
        Array.Clear(_floor);
        Array.Clear(_image);
        _hasFloor = false;
    }

    private void AddFrames(ReadOnlySpan<float> magnitudes)
    {
        var a = magnitudes[..Bins];
        var b = magnitudes.Slice(Bins, Bins);
        var c = magnitudes.Slice(2 * Bins, Bins);
        var d = magnitudes.Slice(3 * Bins, Bins);
        var bin = 0;
        for (; _isVector && bin + Vector<float>.Count <= Bins; bin += Vector<float>.Count)
        {
            var sum = new Vector<float>(a[bin..]) + new Vector<float>(b[bin..]) + new Vector<float>(c[bin..]) + new Vector<float>(d[bin..]);
            sum.CopyTo(_sums, bin);
        }

        for (; bin < Bins; bin++)
        {
            _sums[bin] = a[bin] + b[bin] + c[bin] + d[bin];
        }
    }

    private void TakeLogarithms(Span<float> numbers)
    {
        var i = 0;
        for (; _isVector && i < numbers.Length; i += Vector<float>.Count)
        {
            Logarithm.Of(new Vector<float>(numbers[i..])).CopyTo(numbers[i..]);
        }

        for (; i < numbers.Length; i++)
        {
            numbers[i] = Logarithm.Of(numbers[i]);
        }
    }

    private void Compare(ReadOnlySpan<float> logs, Span<float> above)
    {
        var i = 0;
        for (; _isVector && i < Count; i += Vector<float>.Count)
        {
            var floor = new Vector<float>(_floor, i);
            var difference = new Vector<float>(logs[i..]) - floor;
            difference.CopyTo(above[i..]);
            var speed = Vector.ConditionalSelect(
                Vector.GreaterThan(difference, Vector<float>.Zero), new Vector<float>(Rise), new Vector<float>(Fall));
            (floor + (speed * difference)).CopyTo(_floor, i);
        }

        for (; i < Count; i++)
        {
            above[i] = logs[i] - _floor[i];
            _floor[i] += (above[i] > 0 ? Rise : Fall) * above[i];
        }
    }
}
