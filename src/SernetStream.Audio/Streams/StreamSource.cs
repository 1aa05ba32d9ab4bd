using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Dsp.Resampling;

namespace SernetStream.Audio.Streams;

/// <summary>
/// Samples from standard input or another descriptor, in pieces of any size: raw ones, signed 16 bit, little-endian,
/// mono; or an audio file, which is known by its first bytes. Those of a WAV file are heard as they come, also where
/// its header does not know how many there will be; any other file (FLAC, Ogg, …) is read to its end first. An
/// incomplete sample at the end is dropped. Whatever their rate, the pipeline gets 16 kHz: it resamples nothing again.
/// </summary>
public sealed class StreamSource : IInstantSource
{
    /// <summary>The rate that is assumed when none is given.</summary>
    public const int DefaultSampleRate = 16_000;

    /// <summary>The largest file, in bytes, that is read to its end from a pipe.</summary>
    public const int LargestFile = 512 << 20;

    private const int BufferSize = 8192;

    private readonly DescriptorInput _input;
    private readonly PlaybackSpeed _speed;
    private readonly ChannelChoice _channel;
    private readonly int _rawRate;
    private byte[] _bytes = new byte[BufferSize];
    private int _count;
    private bool _isAtEnd;
    private IAudioSource? _inner;
    private RateConverter? _converter;

    /// <summary>Reads from a descriptor, which it then owns.</summary>
    /// <param name="input">A pipe, a socket, a character device or a file.</param>
    /// <param name="name">What a person calls it.</param>
    /// <param name="sampleRate">
    /// Samples per second of raw samples: 8 000 to 192 000. A file states its own.
    /// </param>
    /// <param name="speed">
    /// <see cref="PlaybackSpeed.Max"/> if the writer is to wait for the reader; a file always is.
    /// </param>
    /// <param name="channel">Which channel of a file is heard.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sample rate lies outside the range.</exception>
    public StreamSource(
        SafeFileHandle input,
        string name,
        int sampleRate = DefaultSampleRate,
        PlaybackSpeed speed = PlaybackSpeed.RealTime,
        ChannelChoice channel = default)
        : this(input, name, sampleRate, speed, channel, patience: null)
    {
    }

    /// <summary>The same, of a writer that stalls if it gives no byte for that time, which is a fault of the device.</summary>
    internal StreamSource(
        SafeFileHandle input, string name, int sampleRate, PlaybackSpeed speed, ChannelChoice channel, TimeSpan? patience)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!SampleRates.IsSupported(sampleRate))
        {
            throw new ArgumentOutOfRangeException(
                nameof(sampleRate),
                sampleRate,
                $"sampleRate is {sampleRate}; it must be {SampleRates.Lowest} to {SampleRates.Highest}.");
        }

        _input = new DescriptorInput(input, name, patience);
        _speed = speed;
        _channel = channel;
        _rawRate = sampleRate;
        IsLive = speed == PlaybackSpeed.RealTime && !_input.IsFile;
    }

    /// <inheritdoc/>
    public string Name => _input.Name;

    /// <inheritdoc/>
    public int SampleRate => CaptureFormat.PreferredRate;

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <inheritdoc/>
    public string? ChannelNote => _inner?.ChannelNote;

    /// <summary>After the end of a file: what is wrong with it; null if nothing is.</summary>
    public string? Warning => (_inner as FileSource)?.Warning;

    /// <summary>Standard input.</summary>
    /// <param name="sampleRate">Samples per second of raw samples: 8 000 to 192 000.</param>
    /// <param name="speed">See the constructor.</param>
    /// <param name="channel">See the constructor.</param>
    /// <exception cref="AudioDeviceException">Standard input is a terminal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sample rate lies outside the range.</exception>
    public static StreamSource StandardInput(
        int sampleRate = DefaultSampleRate, PlaybackSpeed speed = PlaybackSpeed.RealTime, ChannelChoice channel = default)
    {
        if (!Console.IsInputRedirected)
        {
            throw new AudioDeviceException(
                AudioDeviceError.FormatRefused,
                "Standard input is a terminal. Pipe raw samples or a WAV file into it, for example: "
                + $"arecord -q -t raw -f S16_LE -c 1 -r {sampleRate} | sernetd --device stdin");
        }

        return new StreamSource(new SafeFileHandle(0, ownsHandle: false), "stdin", sampleRate, speed, channel);
    }

    /// <inheritdoc/>
    /// <remarks>A pipe wakes it for each piece that is written, as it cannot be asked for more; the caller sleeps on.</remarks>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("destination is empty; it must hold at least one sample.", nameof(destination));
        }

        while (_converter is null)
        {
            switch (Recognise())
            {
                case StreamStart.File:
                    Deliver(new FileSource(ReadFile(cancellationToken), _speed == PlaybackSpeed.Max || _input.IsFile ? PlaybackSpeed.Max : _speed));
                    break;
                case StreamStart.Undecided:
                    TryReadMore(cancellationToken);
                    break;
                default:
                    break;
            }
        }

        return _converter.Read(destination, wanted, cancellationToken);
    }

    /// <inheritdoc/>
    bool IInstantSource.TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
    {
        while (_converter is null)
        {
            switch (Recognise())
            {
                case StreamStart.File:
                    throw new AudioDeviceException(AudioDeviceError.FormatRefused, $"{Name} has sound in a format that must be read to its end first.");
                case StreamStart.Undecided when !_input.IsReady(out quiet):
                    block = default;
                    return false;
                case StreamStart.Undecided:
                    TryReadMore();
                    break;
                default:
                    break;
            }
        }

        return _converter.TryTake(destination, out block, out quiet);
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        _inner?.Interrupt();
        _input.Reader.Interrupt();
    }

    /// <inheritdoc/>
    public void Silence() => _converter?.Silence();

    /// <inheritdoc/>
    public void Dispose()
    {
        _inner?.Dispose();
        _input.Dispose();
    }

    /// <summary>Looks at what came first. Plain samples are delivered from then on.</summary>
    private StreamStart Recognise()
    {
        var start = StreamHeader.Examine(_bytes.AsSpan(0, _count), _isAtEnd, out var format, out var length);
        if (start is StreamStart.Undecided or StreamStart.File || (_count == 0 && !_isAtEnd))
        {
            return start == StreamStart.File ? start : StreamStart.Undecided;
        }

        format = start == StreamStart.Raw ? new StreamFormat(_rawRate, 1, PcmEncoding.Signed16) : Checked(format);
        Deliver(new PcmSource(_input, format, _channel, IsLive, _bytes.AsSpan(length, _count - length), BufferSize));
        return start;
    }

    private void Deliver(IAudioSource inner)
    {
        _inner = inner;
        _converter = new RateConverter(inner, SampleRate);
        _bytes = [];
    }

    private StreamFormat Checked(StreamFormat format)
    {
        if (!SampleRates.IsSupported(format.SampleRate))
        {
            throw new AudioDeviceException(
                AudioDeviceError.FormatRefused,
                $"{Name} has {format.SampleRate} samples per second; {SampleRates.Lowest} to {SampleRates.Highest} can be used.");
        }

        return _channel.IsIn(format.Channels)
            ? format
            : throw new AudioDeviceException(AudioDeviceError.FormatRefused, _channel.MissingIn(Name, format.Channels));
    }

    /// <summary>A file that only a decoder can read; one in a pipe is read to its end.</summary>
    private AudioFile ReadFile(CancellationToken cancellationToken)
    {
        if (_input.IsFile)
        {
            return AudioFile.Open(Name, _input.OpenFile(), _channel, _input.Again);
        }

        while (TryReadMore(cancellationToken))
        {
            if (_count > LargestFile)
            {
                throw new AudioDeviceException(
                    AudioDeviceError.FormatRefused,
                    $"{Name} has more than {LargestFile >> 20} MB, in a format that must be read to its end first. Name the file, or pipe it as WAV.");
            }
        }

        var bytes = _bytes.AsMemory(0, _count);
        return AudioFile.Open(Name, new MemoryStream(_bytes, 0, _count, writable: false), _channel, () => MemoryFile.Of(bytes.Span));
    }

    /// <summary>Adds to what is there; false at the end.</summary>
    private bool TryReadMore(CancellationToken cancellationToken) => !_input.Wait(cancellationToken) || TryReadMore();

    private bool TryReadMore()
    {
        if (_count == _bytes.Length)
        {
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        var got = _input.Read(_bytes.AsSpan(_count));
        _count += Math.Max(0, got);
        _isAtEnd = got == 0;
        return !_isAtEnd;
    }
}
