using System.Diagnostics;
using SernetStream.Audio.Streams;
using SernetStream.Dsp.Resampling;

namespace SernetStream.Audio;

/// <summary>
/// Reads a source at another rate than its own, so that a device which comes back with another rate goes on as the same
/// stream. What the resampler still holds when the source ends is delivered before its end.
/// </summary>
internal sealed class RateConverter
{
    private readonly IAudioSource _source;
    private readonly int _sampleRate;
    private readonly StreamingResampler _resampler;
    private readonly float[] _input;
    private readonly long _delay;
    private long _lostRest;
    private long _lost;

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

        while (true)
        {
            var block = _source.Read(_input.AsSpan(0, InputFor(destination.Length)), Lacking(wanted), cancellationToken);
            if (TryConvert(ref block, destination))
            {
                return block;
            }
        }
    }

    /// <inheritdoc cref="IPolledSource.TryRead"/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        var source = (IPolledSource)_source;
        if (_source.SampleRate == _sampleRate)
        {
            return source.TryRead(destination, wanted, out block, out retryAfter);
        }

        while (source.TryRead(_input.AsSpan(0, InputFor(destination.Length)), Lacking(wanted), out block, out retryAfter))
        {
            if (TryConvert(ref block, destination))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc cref="IInstantSource.TryTake"/>
    public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
    {
        var source = (IInstantSource)_source;
        if (_source.SampleRate == _sampleRate)
        {
            return source.TryTake(destination, out block, out quiet);
        }

        while (source.TryTake(_input.AsSpan(0, InputFor(destination.Length)), out block, out quiet))
        {
            if (TryConvert(ref block, destination))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The source has ended, or failed: takes out what waits for samples that will not come.</summary>
    /// <param name="destination">Room for it.</param>
    /// <returns>How many samples; call again until it is 0.</returns>
    public int Flush(Span<float> destination) => _source.SampleRate == _sampleRate ? 0 : _resampler.Flush(destination);

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

    private int Lacking(int wanted) =>
        (int)Math.Max(1, _resampler.InputFor(_resampler.OutputCount + wanted) - _resampler.InputCount);

    /// <returns>Whether there is something to deliver; what was lost before a piece too short for that is kept.</returns>
    private bool TryConvert(ref AudioBlock block, Span<float> destination)
    {
        _lost += Convert(block.LostBefore);
        var count = 0;
        var capturedAt = block.CapturedAt;
        if (block.Count > 0)
        {
            var input = _input.AsSpan(0, block.Count);
            count = _resampler.Process(input, destination, out _);
            input.Clear();
            if (count == 0)
            {
                return false;
            }

            capturedAt -= _delay;
        }
        else if (block.IsEnd)
        {
            count = Flush(destination);
        }

        block = new AudioBlock(count, capturedAt, _lost);
        _lost = 0;
        return true;
    }

    private long Convert(long lost)
    {
        var scaled = (lost * _sampleRate) + _lostRest;
        _lostRest = scaled % _source.SampleRate;
        return scaled / _source.SampleRate;
    }
}
