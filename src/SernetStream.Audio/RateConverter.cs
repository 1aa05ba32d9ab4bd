using System.Diagnostics;
using SernetStream.Dsp.Resampling;

namespace SernetStream.Audio;

/// <summary>
/// Reads a source at another rate than its own, so that a device which comes back with another rate goes on as the same
/// stream.
/// </summary>
internal sealed class RateConverter
{
    private readonly IAudioSource _source;
    private readonly int _sampleRate;
    private readonly StreamingResampler _resampler;
    private readonly float[] _input;
    private readonly long _delay;
    private long _lostRest;

    /// <param name="source">What is read; not owned.</param>
    /// <param name="sampleRate">Samples per second to deliver.</param>
    public RateConverter(IAudioSource source, int sampleRate)
    {
        _source = source;
        _sampleRate = sampleRate;
        _resampler = new StreamingResampler(source.SampleRate, sampleRate);
        _input = new float[source.SampleRate == sampleRate ? 0 : source.SampleRate];
        _delay = (long)(_resampler.LookAheadSeconds * Stopwatch.Frequency);
    }

    /// <inheritdoc cref="IAudioSource.Read"/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (_source.SampleRate == _sampleRate)
        {
            return _source.Read(destination, wanted, cancellationToken);
        }

        var lost = 0L;
        while (true)
        {
            var lacking = _resampler.InputFor(_resampler.OutputCount + wanted) - _resampler.InputCount;
            var block = _source.Read(_input.AsSpan(0, InputFor(destination.Length)), (int)Math.Max(1, lacking), cancellationToken);
            lost += Convert(block.LostBefore);
            if (block.Count == 0)
            {
                return block with { LostBefore = lost };
            }

            var input = _input.AsSpan(0, block.Count);
            var count = _resampler.Process(input, destination, out _);
            input.Clear();
            if (count > 0)
            {
                return new AudioBlock(count, block.CapturedAt - _delay, lost);
            }
        }
    }

    /// <inheritdoc cref="IAudioSource.Silence"/>
    public void Silence()
    {
        _source.Silence();
        _resampler.Silence();
    }

    /// <summary>The most samples to read whose outputs fit for certain.</summary>
    private int InputFor(int room)
    {
        var most = Math.Min(_input.Length, Math.Max(1, (int)((long)room * _source.SampleRate / _sampleRate)));
        while (most > 1 && _resampler.MaxOutput(most) > room)
        {
            most--;
        }

        return most;
    }

    private long Convert(long lost)
    {
        var scaled = (lost * _sampleRate) + _lostRest;
        _lostRest = scaled % _source.SampleRate;
        return scaled / _source.SampleRate;
    }
}
