using System.Numerics;
using System.Runtime.InteropServices;

namespace SernetStream.Pipeline.Echo;

/// <summary>
/// Learns the way from the room's speakers to the microphone, and says how much of what the microphone heard did not come that
/// way: a Kalman filter of partitioned blocks in the frequency domain. Somebody who talks meanwhile hardly disturbs it, since it
/// follows its own error. Nothing is allocated after construction. One thread.
/// </summary>
/// <remarks>
/// G. Enzner, P. Vary: Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones, Signal Processing 86
/// (2006); the partitions are those of F. Kuech, E. Mabande, G. Enzner (ICASSP 2014). Of the constraint that keeps each partition to
/// its own half of a block, one partition a block is done.
/// </remarks>
internal sealed class EchoFilter
{
    /// <summary>Samples in a block: a step of the speech detector.</summary>
    public const int BlockLength = Speech.ISpeechDetector.StepLength;

    // 0.64 s: the delay of the sound server and of the air, and what the room adds.
    private const int Partitions = 20;
    private const int Length = 2 * BlockLength;
    private const float Forgetting = 0.995f;
    private const float ErrorKept = 0.8f;
    private const float Smallest = 1e-9f;

    // The band that holds most of a voice: 200 to 4000 Hz.
    private const int FirstBin = 200 * Length / 16000;
    private const int EndBin = 4000 * Length / 16000;

    private static readonly int Bins = ((BlockLength + 1 + Vector<float>.Count - 1) / Vector<float>.Count) * Vector<float>.Count;

    private readonly PairTransform _transform = new(Length);
    private readonly Spectrum[] _played = Spectra(Partitions);
    private readonly Spectrum[] _way = Spectra(Partitions);
    private readonly float[][] _uncertainty = [.. Enumerable.Range(0, Partitions).Select(_ => new float[Bins])];
    private readonly float[] _error = new float[Bins];
    private readonly float[] _weight = new float[Bins];
    private readonly Spectrum _predicted = new(Bins);
    private readonly Spectrum _heardSpectrum = new(Bins);
    private readonly Spectrum _errorSpectrum = new(Bins);
    private readonly float[] _input = GC.AllocateArray<float>(Length, pinned: true);
    private readonly float[] _output = GC.AllocateArray<float>(Length, pinned: true);
    private readonly float[] _taps = GC.AllocateArray<float>(Length, pinned: true);
    private int _newest;
    private int _constrained;

    public EchoFilter() => Reset();

    /// <summary>Forgets the way, and overwrites what was heard.</summary>
    public void Reset()
    {
        Silence();
        for (var partition = 0; partition < Partitions; partition++)
        {
            _way[partition].Clear();
            Array.Fill(_uncertainty[partition], MathF.Exp(-partition / 8f));
        }

        Array.Fill(_error, 1e-4f);
    }

    /// <summary>Overwrites what was heard and played; the way stays.</summary>
    public void Silence()
    {
        foreach (var played in _played)
        {
            played.Clear();
        }

        _predicted.Clear();
        _heardSpectrum.Clear();
        _errorSpectrum.Clear();
        Array.Clear(_input);
        Array.Clear(_output);
        Array.Clear(_taps);
        _transform.Silence();
    }

    /// <summary>Takes the next block.</summary>
    /// <param name="played">What the speakers played.</param>
    /// <param name="heard">What the microphone heard.</param>
    /// <returns>The energies, between 200 and 4000 Hz, of what was heard, and of what of it did not come from the speakers.</returns>
    public (float Heard, float Unexplained) Process(ReadOnlySpan<float> played, ReadOnlySpan<float> heard)
    {
        _newest = (_newest + Partitions - 1) % Partitions;
        _input.AsSpan(BlockLength).CopyTo(_input);
        played.CopyTo(_input.AsSpan(BlockLength));
        _output.AsSpan(0, BlockLength).Clear();
        heard.CopyTo(_output.AsSpan(BlockLength));
        _transform.Forward(_input, _output, Played(0), _heardSpectrum);

        Predict();
        _transform.Inverse(_predicted, _way[_constrained], _output, _taps);
        for (var i = 0; i < BlockLength; i++)
        {
            _output[BlockLength + i] = heard[i] - _output[BlockLength + i];
        }

        _output.AsSpan(0, BlockLength).Clear();
        _taps.AsSpan(BlockLength).Clear();
        _transform.Forward(_output, _taps, _errorSpectrum, _way[_constrained]);
        _constrained = (_constrained + 1) % Partitions;
        Learn();
        return (Energy(_heardSpectrum), Energy(_errorSpectrum));
    }

    private static Spectrum[] Spectra(int count) => [.. Enumerable.Range(0, count).Select(_ => new Spectrum(Bins))];

    private static Span<Vector<float>> Vectors(float[] numbers) => MemoryMarshal.Cast<float, Vector<float>>(numbers.AsSpan());

    private static float Energy(Spectrum spectrum)
    {
        var sum = 0f;
        for (var bin = FirstBin; bin < EndBin; bin++)
        {
            sum += (spectrum.Re[bin] * spectrum.Re[bin]) + (spectrum.Im[bin] * spectrum.Im[bin]);
        }

        return sum;
    }

    /// <summary>The spectrum of what was played so many blocks ago.</summary>
    private Spectrum Played(int ago) => _played[(_newest + ago) % Partitions];

    private void Predict()
    {
        _predicted.Clear();
        var sumRe = Vectors(_predicted.Re);
        var sumIm = Vectors(_predicted.Im);
        for (var partition = 0; partition < Partitions; partition++)
        {
            var (x, w) = (Played(partition), _way[partition]);
            var xRe = Vectors(x.Re);
            var xIm = Vectors(x.Im);
            var wRe = Vectors(w.Re);
            var wIm = Vectors(w.Im);
            for (var i = 0; i < sumRe.Length; i++)
            {
                sumRe[i] += (xRe[i] * wRe[i]) - (xIm[i] * wIm[i]);
                sumIm[i] += (xRe[i] * wIm[i]) + (xIm[i] * wRe[i]);
            }
        }
    }

    /// <summary>Corrects the way by the error, each partition the more, the less certain it is.</summary>
    private void Learn()
    {
        var eRe = Vectors(_errorSpectrum.Re);
        var eIm = Vectors(_errorSpectrum.Im);
        var error = Vectors(_error);
        var weight = Vectors(_weight);
        for (var i = 0; i < error.Length; i++)
        {
            error[i] = (ErrorKept * error[i]) + ((1 - ErrorKept) * ((eRe[i] * eRe[i]) + (eIm[i] * eIm[i])));
            weight[i] = (2 * error[i]) + new Vector<float>(1e-12f);
        }

        for (var partition = 0; partition < Partitions; partition++)
        {
            var x = Played(partition);
            var uncertainty = Vectors(_uncertainty[partition]);
            var xRe = Vectors(x.Re);
            var xIm = Vectors(x.Im);
            for (var i = 0; i < weight.Length; i++)
            {
                weight[i] += ((xRe[i] * xRe[i]) + (xIm[i] * xIm[i])) * uncertainty[i];
            }
        }

        for (var partition = 0; partition < Partitions; partition++)
        {
            var x = Played(partition);
            var w = _way[partition];
            var uncertainty = Vectors(_uncertainty[partition]);
            var xRe = Vectors(x.Re);
            var xIm = Vectors(x.Im);
            var wRe = Vectors(w.Re);
            var wIm = Vectors(w.Im);
            for (var i = 0; i < weight.Length; i++)
            {
                var power = (xRe[i] * xRe[i]) + (xIm[i] * xIm[i]);
                var gain = uncertainty[i] / weight[i];
                var (re, im) = (wRe[i], wIm[i]);
                wRe[i] = re + (gain * ((xRe[i] * eRe[i]) + (xIm[i] * eIm[i])));
                wIm[i] = im + (gain * ((xRe[i] * eIm[i]) - (xIm[i] * eRe[i])));
                var kept = Forgetting * Forgetting * (Vector<float>.One - (0.5f * gain * power)) * uncertainty[i];
                uncertainty[i] = Vector.Max(
                    kept + ((1 - (Forgetting * Forgetting)) * ((re * re) + (im * im))), new Vector<float>(Smallest));
            }
        }
    }
}
