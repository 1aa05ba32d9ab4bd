using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Dsp.Resampling;
using SernetStream.Native;

namespace SernetStream.Audio.Streams;

/// <summary>
/// Samples from standard input or another descriptor, in pieces of any size: raw ones, signed 16 bit, little-endian, mono;
/// or an audio file, which is known by its first bytes. Those of a WAV file are heard as they come, also where its header
/// does not know how many there will be; any other file (FLAC, Ogg, …) is read to its end first. What is left over at the
/// end and is no whole sample is dropped.
/// </summary>
/// <remarks>
/// The reader waits in poll(2) for the descriptor and for its own wake-up together. So cancelling wakes it at once,
/// with no second thread: a read that has begun cannot be taken back, and a thread left behind in one would swallow
/// the samples of whoever reads next.
/// </remarks>
public sealed class StreamSource : IAudioSource
{
    /// <summary>The rate that is assumed when none is given.</summary>
    public const int DefaultSampleRate = 16_000;

    /// <summary>The largest file, in bytes, that is read to its end from a pipe.</summary>
    public const int LargestFile = 512 << 20;

    private const int BufferSize = 8192;

    private readonly SafeFileHandle _input;
    private readonly PlaybackSpeed _speed;
    private readonly ChannelChoice _channel;
    private readonly bool _isFile;
    private readonly WakeEvent _wake = new();
    private byte[] _bytes = new byte[BufferSize];
    private int _count;
    private bool _isAtEnd;
    private IAudioSource? _inner;
    private RateConverter? _converter;
    private volatile bool _isHurried;

    /// <summary>Reads from a descriptor, which it then owns.</summary>
    /// <param name="input">A pipe, a socket, a character device or a file.</param>
    /// <param name="name">What a person calls it.</param>
    /// <param name="sampleRate">
    /// Samples per second that are delivered, and of raw samples: 8 000 to 192 000. A file at another rate is resampled.
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

        _input = input;
        _speed = speed;
        _channel = channel;
        Name = name;
        SampleRate = sampleRate;

        // What can be sought is a file: it is there already and loses nothing by waiting.
        _isFile = LibcNative.Seek(input, 0, LibcNative.SeekCurrent) >= 0;
        IsLive = speed == PlaybackSpeed.RealTime && !_isFile;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <inheritdoc/>
    public string? ChannelNote => _inner?.ChannelNote;

    /// <summary>After the end of a file: what is wrong with it; null if nothing is.</summary>
    public string? Warning => (_inner as FileSource)?.Warning;

    /// <summary>Standard input.</summary>
    /// <param name="sampleRate">Samples per second: 8 000 to 192 000.</param>
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

        if (_converter is null && !TryRecognise(cancellationToken))
        {
            return new AudioBlock(0, Stopwatch.GetTimestamp(), 0);
        }

        return _converter!.Read(destination, wanted, cancellationToken);
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        _isHurried = true;
        _inner?.Interrupt();
        _wake.TrySignal();
    }

    /// <inheritdoc/>
    public void Silence() => _converter?.Silence();

    /// <inheritdoc/>
    public void Dispose()
    {
        _inner?.Dispose();
        _input.Dispose();
        _wake.Dispose();
    }

    /// <summary>Reads until it is known what comes; false if nothing does.</summary>
    private bool TryRecognise(CancellationToken cancellationToken)
    {
        while (true)
        {
            var start = StreamHeader.Examine(_bytes.AsSpan(0, _count), _isAtEnd, out var format, out var length);
            switch (start)
            {
                case StreamStart.Undecided:
                    break;
                case StreamStart.File:
                    Deliver(new FileSource(ReadFile(cancellationToken), _speed == PlaybackSpeed.Max || _isFile ? PlaybackSpeed.Max : _speed));
                    return true;
                default:
                    if (_count == 0 && !_isAtEnd)
                    {
                        break;
                    }

                    format = start == StreamStart.Raw ? new StreamFormat(SampleRate, 1, PcmEncoding.Signed16) : Checked(format);
                    Deliver(new SampleReader(this, format, _bytes.AsSpan(length, _count - length)));
                    return !_isAtEnd || _count > 0;
            }

            if (!TryReadMore(cancellationToken))
            {
                _isAtEnd = true;
            }
        }
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
        if (_isFile)
        {
            return AudioFile.Open(Name, new FileStream(new SafeFileHandle(_input.DangerousGetHandle(), ownsHandle: false), FileAccess.Read), _channel);
        }

        while (TryReadMore(cancellationToken))
        {
            if (_count > LargestFile)
            {
                throw new AudioDeviceException(
                    AudioDeviceError.FormatRefused,
                    $"{Name} is a file of more than {LargestFile >> 20} MB that must be there as a whole. Name the file, or pipe it as WAV.");
            }
        }

        return AudioFile.Open(Name, new MemoryStream(_bytes, 0, _count, writable: false), _channel);
    }

    /// <summary>Adds to what is there; false at the end.</summary>
    private bool TryReadMore(CancellationToken cancellationToken)
    {
        if (_count == _bytes.Length)
        {
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        var got = Wait(cancellationToken) ? ReadBytes(_bytes.AsSpan(_count)) : -1;
        _count += Math.Max(0, got);
        return got != 0;
    }

    /// <returns>Whether there is something to read, rather than a hurry.</returns>
    private bool Wait(CancellationToken cancellationToken) =>
        _wake.Wait(Timeout.InfiniteTimeSpan, _input, cancellationToken) == WakeReason.Input;

    /// <returns>Bytes read; 0 at the end; -1 if there were none after all.</returns>
    private int ReadBytes(Span<byte> buffer)
    {
        var got = LibcNative.Read(_input, buffer, (nuint)buffer.Length);
        if (got >= 0)
        {
            return (int)got;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is LibcNative.ErrorInterrupted or LibcNative.ErrorTryAgain)
        {
            return -1;
        }

        var reason = new Win32Exception(error);
        throw new AudioDeviceException(
            AudioDeviceError.Failed, $"{Name} could not be read: {reason.Message}. Check what feeds it.", reason);
    }

    /// <summary>The samples behind the header, or all of them where there is none.</summary>
    private sealed class SampleReader : IAudioSource
    {
        private readonly StreamSource _stream;
        private readonly StreamFormat _format;
        private readonly ChannelMixer _mixer;
        private readonly byte[] _bytes;
        private readonly float[] _frames;
        private int _carried;
        private long _left;

        public SampleReader(StreamSource stream, StreamFormat format, ReadOnlySpan<byte> first)
        {
            (_stream, _format) = (stream, format);
            _mixer = new ChannelMixer(format.Channels, format.SampleRate, stream._channel);
            _bytes = new byte[Math.Max(first.Length, Math.Max(BufferSize, format.FrameSize)) + format.FrameSize];
            _frames = new float[_bytes.Length / Pcm.BytesPerSample(format.Encoding)];
            _left = format.Bytes ?? long.MaxValue;
            _carried = (int)Math.Min(first.Length, _left);
            _left -= _carried;
            first[.._carried].CopyTo(_bytes);
        }

        public string Name => _stream.Name;

        public int SampleRate => _format.SampleRate;

        public bool IsLive => _stream.IsLive;

        public string? ChannelNote => _mixer.Note;

        /// <inheritdoc/>
        /// <remarks>A pipe wakes it for each piece that is written, as it cannot be asked for more; the caller sleeps on.</remarks>
        public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
        {
            wanted = Math.Min(wanted, destination.Length);
            var count = Convert(destination);
            try
            {
                while (count < (_stream._isHurried ? Math.Min(1, wanted) : wanted))
                {
                    if (_stream.Wait(cancellationToken) && !TryReadOn(destination, ref count))
                    {
                        break;
                    }
                }
            }
            catch (Exception error) when (count > 0 && error is OperationCanceledException or AudioDeviceException)
            {
                // What has come is not lost by what came then: the next call meets it again.
            }

            _stream._isHurried = false;
            return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
        }

        public void Dispose()
        {
            // The stream owns everything.
        }

        /// <summary>Reads what there is, at most as much as there is room for; false at the end.</summary>
        private bool TryReadOn(Span<float> destination, ref int count)
        {
            var room = destination[count..];
            var most = (int)Math.Min(Math.Min(room.Length * (long)_format.FrameSize, _bytes.Length) - _carried, _left);
            if (most <= 0)
            {
                return _left > 0;
            }

            var got = _stream.ReadBytes(_bytes.AsSpan(_carried, most));
            if (got > 0)
            {
                _carried += got;
                _left -= got;
                count += Convert(room);
            }

            return got != 0;
        }

        private int Convert(Span<float> destination)
        {
            var count = Math.Min(_carried / _format.FrameSize, destination.Length);
            var used = count * _format.FrameSize;
            var frames = _frames.AsSpan(0, Pcm.ToFloat(_bytes.AsSpan(0, used), _format.Encoding, _frames));
            _mixer.Observe(frames);
            _mixer.Mix(frames, destination[..count]);
            _bytes.AsSpan(used.._carried).CopyTo(_bytes);
            _bytes.AsSpan((_carried - used).._carried).Clear();
            frames.Clear();
            _carried -= used;
            return count;
        }
    }
}
