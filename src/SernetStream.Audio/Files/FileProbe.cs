using System.Globalization;

namespace SernetStream.Audio.Files;

/// <summary>The facts about a file before it is decoded.</summary>
/// <param name="Wav">Its WAV header, if it is one.</param>
/// <param name="IsUnfinishedOgg">True for an Ogg stream that does not reach its end.</param>
internal readonly record struct FileProbe(WavHeader? Wav, bool IsUnfinishedOgg)
{
    /// <summary>Looks at a file.</summary>
    /// <exception cref="AudioFileException">
    /// It is missing, a folder, unreadable, empty, no file at all, or a WAV header without samples.
    /// </exception>
    public static FileProbe Examine(string path)
    {
        try
        {
            if (File.GetAttributes(path).HasFlag(FileAttributes.Directory))
            {
                throw new AudioFileException(
                    AudioFileError.IsFolder, path, $"{path} is a folder. Name an audio file in it.");
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return Examine(path, stream);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AudioFileException(
                AudioFileError.Missing, path, $"There is no file {path}. Check the path.", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new AudioFileException(
                AudioFileError.NoPermission,
                path,
                $"{path} may not be read by this user. Give it permission: chmod a+r, or run as the file's owner.",
                failure);
        }
        catch (IOException failure)
        {
            throw new AudioFileException(
                AudioFileError.ReadFailed, path, $"{path} could not be read: {failure.Message}", failure);
        }
    }

    /// <summary>Looks at what is not a file by name.</summary>
    /// <inheritdoc cref="Examine(string)"/>
    public static FileProbe Examine(string path, Stream stream)
    {
        if (!stream.CanSeek)
        {
            throw new AudioFileException(
                AudioFileError.NotAudio,
                path,
                $"{path} is a pipe or a device, not a file. Pipe it into standard input, and listen to --device stdin.");
        }

        if (stream.Length == 0)
        {
            throw new AudioFileException(
                AudioFileError.Empty, path, $"{path} is empty: it has no bytes. Record or copy it again.");
        }

        var wav = WavHeader.Read(stream);
        if (wav is { AvailableBytes: 0 } header)
        {
            var seconds = header.PromisedSeconds?.ToString("f2", CultureInfo.InvariantCulture);
            var promise = header.IsCut
                ? $"its header promises {seconds} s, and nothing follows"
                : "it is a header and nothing else";
            throw new AudioFileException(
                AudioFileError.NoSamples, path, $"{path} holds no samples: {promise}. Record or copy it again.");
        }

        return new FileProbe(wav, OggTail.IsOgg(stream) && !OggTail.IsComplete(stream));
    }
}
