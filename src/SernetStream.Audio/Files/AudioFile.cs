using Microsoft.Win32.SafeHandles;
using SernetStream.Dsp.Resampling;

namespace SernetStream.Audio.Files;

/// <summary>
/// An audio file, read piece by piece as mono samples: WAV of every width, FLAC, Ogg Vorbis and Opus, MP3 and what else
/// libsndfile decodes, or else ffmpeg (m4a, AAC, WMA, AMR, video); of any number of channels (mixed, or one of them), 8 to 192 kHz.
/// </summary>
/// <remarks>
/// Integers of n bits are divided by 2^(n−1), so 16-bit samples are exact. A sample that is NaN or infinite becomes 0.
/// A file that was cut off gives what is there; <see cref="Warning"/> then says so, once the end was reached. A file
/// that gives not a single sample is refused at opening. Not thread-safe.
/// </remarks>
public sealed class AudioFile : IDisposable
{
    // Samples of all channels decoded at once.
    private const int BufferSamples = 16_384;
    private const int MinFrames = 256;

    private readonly IFrameReader _reader;
    private readonly float[] _interleaved;
    private readonly double? _promisedSeconds;
    private readonly bool _isUnfinishedOgg;
    private readonly bool _isFollowed;
    private readonly ChannelMixer _mixer;
    private readonly ClippingMeter _clipping;

    private int _frames;
    private int _next;
    private bool _isAtEnd;
    private string? _decodeError;

    private AudioFile(string path, FileProbe probe, IFrameReader reader, ChannelChoice channel)
    {
        Path = path;
        _reader = reader;
        _mixer = new ChannelMixer(reader.Channels, reader.SampleRate, channel);
        _clipping = new ClippingMeter(reader.Channels);
        _isFollowed = probe.Wav is { IsFollowed: true };
        _interleaved = new float[Math.Max(BufferSamples / reader.Channels, MinFrames) * reader.Channels];
        _isUnfinishedOgg = probe.IsUnfinishedOgg;
        var promisedFrames = reader.PromisedFrames;
        _promisedSeconds = probe switch
        {
            { IsUnfinishedOgg: true } => null,
            { Wav: { IsCut: true } wav } => wav.PromisedSeconds,
            { Wav: not null } => null,
            _ => promisedFrames * reader.PromisedTimesThere() / reader.SampleRate,
        };
        ExpectedSamples = probe.IsUnfinishedOgg ? null : promisedFrames;
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>Samples per second.</summary>
    public int SampleRate => _reader.SampleRate;

    /// <summary>Channels in the file, 1 or more; what is read is one.</summary>
    public int Channels => _reader.Channels;

    /// <summary>How many samples there should be, if the file says; a damaged one may give fewer.</summary>
    public long? ExpectedSamples { get; }

    /// <summary>Samples read so far.</summary>
    public long SamplesRead { get; private set; }

    /// <summary>Samples (of each channel) so far that were NaN or infinite and were replaced by 0.</summary>
    public long NonFiniteSamples { get; private set; }

    /// <summary>True as long as every sample read was zero, on every channel.</summary>
    public bool IsSilent { get; private set; } = true;

    /// <summary>What the channels needed to be mixed; see <see cref="ChannelMixer.Note"/>.</summary>
    public string? ChannelNote => _mixer.Note;

    /// <summary>True once the end was reached before the place the header promised, or the format's end mark.</summary>
    public bool IsTruncated =>
        _isAtEnd && (_isUnfinishedOgg || _decodeError is not null || SecondsRead < _promisedSeconds - HalfSample);

    /// <summary>
    /// After the end was reached: sentences on what is wrong with the file (cut off, not numbers, silent throughout,
    /// overdriven, channels that are dead or inverted), for the user to see; null if nothing is.
    /// </summary>
    public string? Warning => _isAtEnd ? Report().Warning : null;

    private double SecondsRead => (double)SamplesRead / SampleRate;

    private double HalfSample => 0.5 / SampleRate;

    /// <summary>Opens a file and decodes its beginning.</summary>
    /// <param name="path">Relative to the working folder, or absolute.</param>
    /// <param name="channel">Which channel is read.</param>
    /// <exception cref="AudioFileException">It gives no samples; its kind says why.</exception>
    public static AudioFile Open(string path, ChannelChoice channel = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var probe = FileProbe.Examine(path);
        return Open(path, probe, Reader(path, probe), channel);
    }

    /// <summary>Opens what is not a file by name, such as one that came through a pipe.</summary>
    /// <param name="name">What a person calls it.</param>
    /// <param name="stream">All of it, at any position; owned.</param>
    /// <param name="channel">Which channel is read.</param>
    /// <param name="descriptor">Gives a file that holds the same, for ffmpeg; null if there is none.</param>
    /// <exception cref="AudioFileException">It gives no samples; its kind says why.</exception>
    internal static AudioFile Open(string name, Stream stream, ChannelChoice channel, Func<SafeFileHandle>? descriptor = null)
    {
        var probe = FileProbe.Examine(name, stream);
        try
        {
            return Open(name, probe, SndFileReader.Open(name, probe.Wav, stream), channel);
        }
        catch (AudioFileException refusal) when (descriptor is not null && IsForFfmpeg(refusal, probe))
        {
            return Open(name, probe, FfmpegReader.Open(name, descriptor(), refusal), channel);
        }
    }

    /// <summary>libsndfile, or ffmpeg for what that does not know.</summary>
    private static IFrameReader Reader(string path, FileProbe probe)
    {
        try
        {
            return SndFileReader.Open(path, probe.Wav);
        }
        catch (AudioFileException refusal) when (IsForFfmpeg(refusal, probe))
        {
            return FfmpegReader.Open(path, refusal);
        }
    }

    private static bool IsForFfmpeg(AudioFileException refusal, FileProbe probe) =>
        refusal.Error is AudioFileError.NotAudio or AudioFileError.UnsupportedEncoding or AudioFileError.Damaged && probe.Wav is null;

    private static AudioFile Open(string path, FileProbe probe, IFrameReader reader, ChannelChoice channel)
    {
        try
        {
            if (!SampleRates.IsSupported(reader.SampleRate))
            {
                throw new AudioFileException(
                    AudioFileError.UnsupportedRate,
                    path,
                    $"{path} has {reader.SampleRate} samples per second; {SampleRates.Lowest} to "
                    + $"{SampleRates.Highest} can be used. Convert it: sox {path} -r 16000 converted.wav");
            }

            if (!channel.IsIn(reader.Channels))
            {
                throw new AudioFileException(AudioFileError.NoSuchChannel, path, channel.MissingIn(path, reader.Channels));
            }

            var file = new AudioFile(path, probe, reader, channel);
            if (!file.Decode())
            {
                var reason = file._decodeError is null ? "" : $" ({file._decodeError.TrimEnd('.')})";
                throw new AudioFileException(
                    AudioFileError.NoSamples, path, $"{path} holds no samples{reason}. Record or copy it again.");
            }

            return file;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">Relative to the working folder, or absolute.</param>
    /// <exception cref="AudioFileException">It gives no samples, or more than an array holds.</exception>
    public static AudioClip ReadAll(string path)
    {
        using var file = Open(path);

        // A header may promise anything: memory grows with the samples that come, from at most a minute on.
        var room = Math.Min(file.ExpectedSamples ?? 0, 60L * file.SampleRate);
        var samples = new float[Math.Max(room + 1, file.SampleRate)];
        var count = 0;
        while (true)
        {
            var got = file.Read(samples.AsSpan(count));
            if (got == 0)
            {
                break;
            }

            count += got;
            if (count == samples.Length)
            {
                if (count == Array.MaxLength)
                {
                    throw new AudioFileException(
                        AudioFileError.TooLong, path, $"{path} is too long to be read whole. Cut it, or stream it.");
                }

                Array.Resize(ref samples, (int)Math.Min(2L * count, Array.MaxLength));
            }
        }

        Array.Resize(ref samples, count);
        return new AudioClip(
            samples, file.SampleRate, file.IsTruncated, file.IsSilent, file.NonFiniteSamples, file.Warning);
    }

    /// <summary>Reads on.</summary>
    /// <param name="destination">Where the samples go; at least one.</param>
    /// <returns>How many there are; 0 only at the end.</returns>
    public int Read(Span<float> destination)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("destination is empty; it must hold at least one sample.", nameof(destination));
        }

        var written = 0;
        while (written < destination.Length && (_next < _frames || Decode()))
        {
            var count = Math.Min(destination.Length - written, _frames - _next);
            _mixer.Mix(_interleaved.AsSpan(_next * Channels, count * Channels), destination.Slice(written, count));
            _next += count;
            written += count;
        }

        SamplesRead += written;
        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private bool Decode()
    {
        if (_isAtEnd)
        {
            return false;
        }

        _next = 0;
        _frames = _reader.Read(_interleaved);
        // The error must be taken now: the next read clears it.
        _decodeError ??= _reader.DecodeError;
        if (_frames == 0)
        {
            _isAtEnd = true;
            return false;
        }

        var frames = _interleaved.AsSpan(0, _frames * Channels);
        var largest = Magnitude.Largest(frames);
        if (!float.IsFinite(largest))
        {
            Clean(frames);
            largest = Magnitude.Largest(frames);
        }

        IsSilent &= largest == 0;
        _clipping.Observe(frames, largest);
        _mixer.Observe(frames);
        return true;
    }

    private void Clean(Span<float> frames)
    {
        foreach (ref var sample in frames)
        {
            if (!float.IsFinite(sample))
            {
                sample = 0;
                NonFiniteSamples++;
            }
        }
    }

    private ReadingReport Report() => new()
    {
        Path = Path,
        SampleRate = SampleRate,
        Samples = SamplesRead,
        PromisedSeconds = _promisedSeconds,
        IsTruncated = IsTruncated,
        IsUnfinishedOgg = _isUnfinishedOgg,
        IsDamaged = _decodeError is not null,
        IsFollowed = _isFollowed,
        IsSilent = IsSilent,
        NonFiniteSamples = NonFiniteSamples,
        ClippedShare = (double)_clipping.Clipped / Math.Max(1, SamplesRead * Channels),
        ChannelNote = ChannelNote,
    };
}
