namespace SernetStream.Audio;

/// <summary>
/// Mixes several channels into one: the average of the channels that hold something. A channel that is the inverse of
/// the loudest is inverted back, or a balanced line plugged in as stereo would cancel itself. A dead channel is left
/// out, or it would halve the level. One thread; nothing is allocated after construction.
/// </summary>
/// <remarks>
/// Both decisions use levels and correlations of the newest second or so, which includes the block that is mixed next.
/// A channel is left out 30 dB below the loudest, and inverted where its correlation with the loudest is below −0.5;
/// there, inverting can only raise the level.
/// </remarks>
public sealed class ChannelMixer
{
    private const double HalfLifeSeconds = 1;
    private const double LeftOutBelow = 1e-3;
    private const double TakenInAbove = 2e-3;
    private const double TurnedBelow = -0.5;
    private const double TurnedBackAbove = -0.2;

    private readonly ChannelChoice _choice;
    private readonly int _sampleRate;
    private readonly double[] _energy;
    private readonly double[] _cross;
    private readonly double[] _gains;
    private readonly bool[] _isUsed;
    private readonly bool[] _isTurned;
    private readonly long[] _framesLeftOut;
    private readonly long[] _framesTurned;
    private long _frames;
    private int _loudest;

    /// <summary>Prepares for a stream.</summary>
    /// <param name="channels">Samples in a frame, 1 or more.</param>
    /// <param name="sampleRate">Frames per second.</param>
    /// <param name="choice">What is heard; it must be there.</param>
    /// <exception cref="ArgumentOutOfRangeException">The channel that is chosen is not there.</exception>
    public ChannelMixer(int channels, int sampleRate, ChannelChoice choice = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choice.Number, channels, nameof(choice));
        (Channels, _sampleRate, _choice) = (channels, sampleRate, choice);
        (_energy, _cross, _gains) = (new double[channels], new double[channels], new double[channels]);
        (_isUsed, _isTurned) = (new bool[channels], new bool[channels]);
        (_framesLeftOut, _framesTurned) = (new long[channels], new long[channels]);
        Array.Fill(_isUsed, true);
        Array.Fill(_gains, 1.0 / channels);
    }

    /// <summary>Samples in a frame.</summary>
    public int Channels { get; }

    private bool IsMixed => Channels > 1 && _choice.Number == 0;

    /// <summary>
    /// What was done for most of the sound: channels left out or inverted, in a clause; null if nothing.
    /// </summary>
    public string? Note
    {
        get
        {
            List<string> clauses = [];
            for (var i = 0; i < Channels; i++)
            {
                if (2 * _framesLeftOut[i] > _frames)
                {
                    clauses.Add($"channel {i + 1} is silent beside the others and is left out");
                }
                else if (2 * _framesTurned[i] > _frames)
                {
                    clauses.Add($"channel {i + 1} is the inverse of channel {_loudest + 1} and is inverted back");
                }
            }

            return clauses.Count == 0 ? null : string.Join("; ", clauses);
        }
    }

    /// <summary>Measures the frames that are mixed next, all at once even if they are mixed in several parts.</summary>
    /// <param name="frames">Interleaved; a whole number of frames. What is not finite counts as silence.</param>
    public void Observe(ReadOnlySpan<float> frames)
    {
        if (!IsMixed || frames.IsEmpty)
        {
            return;
        }

        var count = frames.Length / Channels;
        var kept = Math.Pow(2, -count / (HalfLifeSeconds * _sampleRate));
        for (var channel = 0; channel < Channels; channel++)
        {
            _energy[channel] = (_energy[channel] * kept) + Product(frames, channel, channel);
        }

        if (ChooseLoudest())
        {
            Array.Clear(_cross);
        }

        for (var channel = 0; channel < Channels; channel++)
        {
            _cross[channel] = (_cross[channel] * kept) + Product(frames, channel, _loudest);
        }

        Decide(count);
    }

    /// <summary>Mixes frames.</summary>
    /// <param name="frames">Interleaved; as many frames as the destination has samples, or more.</param>
    /// <param name="mono">Where they go.</param>
    public void Mix(ReadOnlySpan<float> frames, Span<float> mono)
    {
        if (!IsMixed)
        {
            for (int i = 0, at = Math.Max(0, _choice.Number - 1); i < mono.Length; i++, at += Channels)
            {
                mono[i] = frames[at];
            }

            return;
        }

        for (var i = 0; i < mono.Length; i++)
        {
            var frame = frames.Slice(i * Channels, Channels);
            var sum = 0.0;
            for (var channel = 0; channel < frame.Length; channel++)
            {
                sum += _gains[channel] * frame[channel];
            }

            mono[i] = (float)sum;
        }
    }

    /// <summary>Mixes nothing, so that no callback pays for the compiler.</summary>
    internal void WarmUp()
    {
        Span<float> silence = stackalloc float[ChannelChoice.MaxChannels];
        if (Channels <= silence.Length)
        {
            silence.Clear();
            Observe(silence[..Channels]);
            Mix(silence[..Channels], stackalloc float[1]);
        }

        Decide(0);
    }

    /// <returns>Whether it is another now. It changes only where another is clearly louder.</returns>
    private bool ChooseLoudest()
    {
        var before = _loudest;
        for (var channel = 0; channel < Channels; channel++)
        {
            if (_energy[channel] > 2 * _energy[_loudest])
            {
                _loudest = channel;
            }
        }

        return before != _loudest;
    }

    private void Decide(int count)
    {
        var loudest = _energy[_loudest];
        if (loudest <= 0)
        {
            return;
        }

        var used = 0;
        for (var channel = 0; channel < Channels; channel++)
        {
            _isUsed[channel] = _energy[channel] > (_isUsed[channel] ? LeftOutBelow : TakenInAbove) * loudest;
            var correlation = _isUsed[channel] ? _cross[channel] / Math.Sqrt(_energy[channel] * loudest) : 0;
            _isTurned[channel] = correlation < (_isTurned[channel] ? TurnedBackAbove : TurnedBelow);
            used += _isUsed[channel] ? 1 : 0;
            _framesLeftOut[channel] += _isUsed[channel] ? 0 : count;
            _framesTurned[channel] += _isTurned[channel] ? count : 0;
        }

        _frames += count;
        for (var channel = 0; channel < Channels; channel++)
        {
            _gains[channel] = _isUsed[channel] ? (_isTurned[channel] ? -1.0 : 1.0) / used : 0;
        }
    }

    private double Product(ReadOnlySpan<float> frames, int one, int other)
    {
        var sum = 0.0;
        for (var i = 0; i + Channels <= frames.Length; i += Channels)
        {
            var product = (double)frames[i + one] * frames[i + other];
            sum += double.IsFinite(product) ? product : 0;
        }

        return sum;
    }
}
