using System.ComponentModel;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Network;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Files;

/// <summary>A file that libsndfile does not know, decoded by ffmpeg piece by piece: m4a, AAC, WMA, AMR, the sound of a video.</summary>
internal sealed class FfmpegReader : IFrameReader
{
    private const int BufferSize = 1 << 16;

    /// <summary>
    /// What holds sound itself. A playlist, which names other files and servers, is none of them: a file is never a reason
    /// to open another one.
    /// </summary>
    public const string Formats =
        "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,gsm,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,mxf,"
        + "nut,ogg,oma,rm,shorten,tak,truehd,tta,voc,w64,wav,webm,wtv,wv,xwma";

    /// <summary>What ffmpeg says of a file that is cut off or damaged.</summary>
    private static readonly string[] Damages = ["ended prematurely", "partial file", "Error while decoding", "Invalid data found", "Packet corrupt"];

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly ChildProgram _child;
    private readonly DescriptorInput _input;
    private readonly byte[] _bytes = new byte[BufferSize];
    private readonly SafeFileHandle? _held;
    private StreamFormat _format;
    private int _count;
    private bool _isAtEnd;

    private FfmpegReader(ChildProgram child, string name, SafeFileHandle? held)
    {
        (_child, _input, _held) = (child, new DescriptorInput(child.Output, name), held);
    }

    /// <inheritdoc/>
    public int SampleRate => _format.SampleRate;

    /// <inheritdoc/>
    public int Channels => _format.Channels;

    /// <inheritdoc/>
    public long? PromisedFrames => null;

    /// <inheritdoc/>
    public string? DecodeError { get; private set; }

    /// <summary>Opens a file that libsndfile refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refusal">Why it did.</param>
    /// <exception cref="AudioFileException">ffmpeg cannot decode it either, or is not installed.</exception>
    public static FfmpegReader Open(string path, AudioFileException refusal) => Open(path, Path.GetFullPath(path), null, refusal);

    /// <summary>The same, of a file without a name that this process has open.</summary>
    /// <param name="name">What a person calls it.</param>
    /// <param name="file">The file; owned.</param>
    /// <param name="refusal">Why libsndfile refused it.</param>
    /// <exception cref="AudioFileException">ffmpeg cannot decode it either, or is not installed.</exception>
    public static FfmpegReader Open(string name, SafeFileHandle file, AudioFileException refusal)
    {
        var at = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}");
        return Open(name, at, file, refusal);
    }

    private static FfmpegReader Open(string path, string at, SafeFileHandle? held, AudioFileException refusal)
    {
        FfmpegReader reader;
        try
        {
            reader = new FfmpegReader(ChildProgram.Start(FfmpegStream.Program, Arguments(at)), path, held);
        }
        catch (Win32Exception)
        {
            held?.Dispose();
            throw new AudioFileException(
                refusal.Error, path, $"{refusal.Message} Or install ffmpeg, which reads m4a, AAC, WMA, AMR and video files: sudo apt install ffmpeg", refusal);
        }

        try
        {
            reader.ReadHeader(path, refusal);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public double PromisedTimesThere() => 1;

    /// <inheritdoc/>
    public int Read(Span<float> frames)
    {
        while (_count < _format.FrameSize && TryReadMore())
        {
        }

        var count = Math.Min(_count / _format.FrameSize, frames.Length / Channels);
        var used = count * _format.FrameSize;
        Pcm.ToFloat(_bytes.AsSpan(0, used), _format.Encoding, frames);
        _bytes.AsSpan(used.._count).CopyTo(_bytes);
        _count -= used;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.AsSpan().Clear();
        _input.Dispose();
        _child.Dispose();
        _held?.Dispose();
    }

    private static string[] Arguments(string path) =>
    [
        "-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning", "-threads", "1",
        "-protocol_whitelist", "file", "-format_whitelist", Formats, "-i", "file:" + path,
        "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "-bitexact", "pipe:1",
    ];

    private void ReadHeader(string path, AudioFileException refusal)
    {
        while (true)
        {
            var start = StreamHeader.Examine(_bytes.AsSpan(0, _count), _isAtEnd, out _format, out var length);
            if (start == StreamStart.Wav)
            {
                _bytes.AsSpan(length.._count).CopyTo(_bytes);
                _count -= length;
                return;
            }

            if (_isAtEnd)
            {
                throw _child.End(EndLimit).Any(line => line.Contains("matches no streams", StringComparison.Ordinal))
                    ? new AudioFileException(AudioFileError.NoSamples, path, $"{path} has no sound in it. Name a file that has.")
                    : refusal;
            }

            TryReadMore();
        }
    }

    private bool TryReadMore()
    {
        if (_isAtEnd)
        {
            return false;
        }

        var got = _input.Wait(CancellationToken.None) ? _input.Read(_bytes.AsSpan(_count)) : -1;
        _count += Math.Max(0, got);
        _isAtEnd = got == 0;
        if (_isAtEnd)
        {
            DecodeError = _child.End(EndLimit).LastOrDefault(line => Damages.Any(damage => line.Contains(damage, StringComparison.Ordinal)));
        }

        return !_isAtEnd;
    }
}
