namespace SernetStream.Audio.Files;

/// <summary>What decodes a file: its properties, its frames, and its errors as sentences.</summary>
internal interface IFrameReader : IDisposable
{
    /// <summary>Frames per second.</summary>
    int SampleRate { get; }

    /// <summary>Samples in a frame.</summary>
    int Channels { get; }

    /// <summary>Frames by the file's own header; null if it does not say.</summary>
    long? PromisedFrames { get; }

    /// <summary>The decoder's last error; null if there is none.</summary>
    string? DecodeError { get; }

    /// <summary>How many times what is there the header promised; 1 if it is right.</summary>
    double PromisedTimesThere();

    /// <summary>Reads interleaved frames.</summary>
    /// <returns>How many; 0 at the end or where nothing more can be decoded.</returns>
    int Read(Span<float> frames);
}
