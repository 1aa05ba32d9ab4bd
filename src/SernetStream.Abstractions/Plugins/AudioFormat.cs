namespace SernetStream.Plugins;

/// <summary>Raw audio: signed little-endian integers, the channels interleaved.</summary>
/// <param name="Rate">Frames per second, 8000..192000.</param>
/// <param name="Width">Bytes of one sample of one channel, 1..4.</param>
/// <param name="Channels">Channels, 1..32; they are averaged before anything is judged.</param>
public readonly record struct AudioFormat(int Rate, int Width, int Channels)
{
    /// <summary>How many channels sound may have, wherever it comes from.</summary>
    public const int MostChannels = 32;

    /// <summary>The format that voice assistants use: 16 kHz, 16 bit, mono.</summary>
    public static AudioFormat Voice => new(16000, 2, 1);

    /// <summary>Bytes of one sample of every channel.</summary>
    public int FrameBytes => Width * Channels;

    /// <summary>What is wrong with this format, as a sentence; null when it can be used.</summary>
    public string? Problem() => this switch
    {
        { Rate: < 8000 or > 192000 } => $"The audio's rate is {Rate} Hz; it must be 8000 to 192000.",
        { Width: < 1 or > 4 } => $"The audio's width is {Width} bytes; it must be 1 to 4.",
        { Channels: < 1 or > MostChannels } => $"The audio has {Channels} channels; it must have 1 to {MostChannels}.",
        _ => null,
    };

    /// <summary>For people: <c>16000 Hz, 16 bit, mono</c>.</summary>
    public override string ToString() =>
        $"{Rate} Hz, {8 * Width} bit, {(Channels == 1 ? "mono" : $"{Channels} channels")}";
}
