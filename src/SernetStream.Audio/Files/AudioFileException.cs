namespace SernetStream.Audio.Files;

/// <summary>Why a file gives no samples. Trying again with the same file does not help, whatever the kind.</summary>
public enum AudioFileError
{
    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The path names a folder.</summary>
    IsFolder,

    /// <summary>This user may not read the file.</summary>
    NoPermission,

    /// <summary>The file has no bytes.</summary>
    Empty,

    /// <summary>No audio format is recognised in it.</summary>
    NotAudio,

    /// <summary>The format is recognised, but its encoding cannot be decoded here.</summary>
    UnsupportedEncoding,

    /// <summary>It has fewer than 8 000 or more than 192 000 samples per second.</summary>
    UnsupportedRate,

    /// <summary>The format is recognised, but so little is intact that nothing can be decoded.</summary>
    Damaged,

    /// <summary>The header is in order, and not one sample follows it.</summary>
    NoSamples,

    /// <summary>It has more samples than fit in memory at once; only reading it whole is refused.</summary>
    TooLong,

    /// <summary>It has fewer channels than the one that is to be heard.</summary>
    NoSuchChannel,

    /// <summary>The operating system failed to read it.</summary>
    ReadFailed,

    /// <summary>The native library that decodes files is not installed.</summary>
    LibraryMissing,
}

/// <summary>An audio file cannot be used. The message is a sentence that names the file and says what to do.</summary>
public sealed class AudioFileException : Exception
{
    /// <inheritdoc cref="AudioFileException"/>
    public AudioFileException(AudioFileError error, string path, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Path = path;
    }

    /// <summary>What is wrong with the file.</summary>
    public AudioFileError Error { get; }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }
}
