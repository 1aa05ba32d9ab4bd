using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SernetStream.Native;

namespace SernetStream.Audio.Files;

/// <summary>A file opened by libsndfile: its properties, its frames, and its errors as sentences.</summary>
internal sealed unsafe partial class SndFileReader : IFrameReader
{
    private static readonly Lock OpeningGate = new();

    private readonly SafeSndFile _file;
    private readonly SndFileNative.Info _info;
    private readonly VirtualSndFile? _virtual;

    private long _wholeFrames = long.MaxValue;
    private long _framesRead;

    private SndFileReader(SafeSndFile file, SndFileNative.Info info, VirtualSndFile? shown)
    {
        _file = file;
        _info = info;
        _virtual = shown;
    }

    /// <inheritdoc/>
    public int SampleRate => _info.SampleRate;

    /// <inheritdoc/>
    public int Channels => _info.Channels;

    /// <inheritdoc/>
    public long? PromisedFrames => Math.Min(_info.Frames, _wholeFrames) is > 0 and < long.MaxValue and var frames ? frames : null;

    /// <inheritdoc/>
    public string? DecodeError => SndFileNative.Error(_file) == 0 ? null : Text(SndFileNative.ErrorText(_file));

    /// <param name="path">The file.</param>
    /// <param name="wav">Its WAV header, if it is one.</param>
    /// <param name="stream">Where it is read from instead of the path, if it has none; owned.</param>
    /// <exception cref="AudioFileException">libsndfile cannot decode it.</exception>
    public static SndFileReader Open(string path, WavHeader? wav, Stream? stream = null)
    {
        if (!NativeLibraries.IsThere(SndFileNative.Library))
        {
            throw new AudioFileException(
                AudioFileError.LibraryMissing,
                path,
                NativeLibraries.MissingMessage(SndFileNative.Library, "read audio files", "libsndfile1"));
        }

        var reader = OpenWhole(path, wav, stream);
        reader._wholeFrames = wav?.WholeFrames ?? long.MaxValue;
        return reader;
    }

    private static SndFileReader OpenWhole(string path, WavHeader? wav, Stream? stream)
    {
        // The reason of a failed opening is kept for the whole process, so only one thread may fail at a time.
        lock (OpeningGate)
        {
            if (wav is { IsMisleading: true })
            {
                return TryOpen(Plain(path, wav, stream)) ?? throw Refusal(path);
            }

            var reader = stream is null ? TryOpen(path) : TryOpen(new VirtualSndFile([], stream, 0, stream.Length));
            if (reader is not null)
            {
                return reader;
            }

            // What libsndfile stumbles over may lie around the samples: another file after them, or its name for MP3.
            var refusal = Refusal(path);
            return wav is null || stream is not null ? throw refusal : TryOpen(Plain(path, wav, null)) ?? throw refusal;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<float> frames)
    {
        fixed (float* start = frames)
        {
            var read = (int)SndFileNative.ReadFrames(_file, start, Math.Min(frames.Length / Channels, _wholeFrames - _framesRead));
            _framesRead += read;
            return read;
        }
    }

    /// <summary>
    /// How many times what is there the header promised, by libsndfile's log of opening the file: it corrects the
    /// sizes of AIFF, AU and W64 silently, but notes "…: 192000 (should be 76773)". 1 if it corrected nothing.
    /// </summary>
    public double PromisedTimesThere()
    {
        Span<byte> log = stackalloc byte[16 * 1024];
        int length;
        fixed (byte* start = log)
        {
            length = SndFileNative.Command(_file, SndFileNative.CommandGetLog, start, log.Length);
        }

        var text = System.Text.Encoding.UTF8.GetString(log[..Math.Clamp(length, 0, log.Length)]);
        var most = 1.0;
        foreach (Match note in CorrectedSize().Matches(text))
        {
            var promised = double.Parse(note.Groups["promised"].ValueSpan, CultureInfo.InvariantCulture);
            var there = double.Parse(note.Groups["there"].ValueSpan, CultureInfo.InvariantCulture);

            // Just under 2^31 and 2^32 a size means "not known": the writer was a pipe.
            if (there > 0 && promised < 0x7FFF_0000)
            {
                most = Math.Max(most, promised / there);
            }
        }

        return most;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _virtual?.Dispose();
    }

    private static SndFileReader? TryOpen(string path)
    {
        SndFileNative.Info info = default;

        // A full path: the bare name "-" would mean standard input.
        var file = SndFileNative.Open(Path.GetFullPath(path), SndFileNative.ModeRead, &info);
        return file.IsInvalid ? null : new SndFileReader(file, info, null);
    }

    private static SndFileReader? TryOpen(VirtualSndFile shown)
    {
        SndFileNative.Info info = default;
        var file = shown.Open(&info);
        if (!file.IsInvalid)
        {
            return new SndFileReader(file, info, shown);
        }

        shown.Dispose();
        return null;
    }

    private static VirtualSndFile Plain(string path, WavHeader wav, Stream? stream) => new(
        wav.PlainHeader(),
        stream ?? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite),
        wav.DataAt,
        wav.AvailableBytes);

    private static AudioFileException Refusal(string path) =>
        Refusal(path, SndFileNative.Error(0), Text(SndFileNative.ErrorText(0)));

    private static AudioFileException Refusal(string path, int error, string text) => error switch
    {
        SndFileNative.ErrorUnrecognised => new AudioFileException(
            AudioFileError.NotAudio,
            path,
            $"{path} is not an audio file that can be read. Convert it to WAV, FLAC, Ogg or MP3."),
        SndFileNative.ErrorUnsupportedEncoding => new AudioFileException(
            AudioFileError.UnsupportedEncoding,
            path,
            $"{path} has an encoding that cannot be decoded. Convert it to 16-bit WAV or FLAC."),
        SndFileNative.ErrorSystem => new AudioFileException(
            AudioFileError.ReadFailed, path, $"{path} could not be read: {text}"),
        _ => new AudioFileException(
            AudioFileError.Damaged,
            path,
            $"{path} is damaged or cut off so early that nothing can be read ({text.TrimEnd('.')}). "
            + "Record or copy it again."),
    };

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "no reason given";

    [GeneratedRegex(@": (?<promised>\d+) \(should be (?<there>\d+)\)")]
    private static partial Regex CorrectedSize();
}
