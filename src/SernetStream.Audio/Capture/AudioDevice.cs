namespace SernetStream.Audio.Capture;

/// <summary>A device that can be captured from.</summary>
/// <param name="Index">PortAudio's number for it; it may change when devices come and go.</param>
/// <param name="Name">Its name, such as <c>pulse</c> or <c>USB PnP Sound Device: Audio (hw:1,0)</c>.</param>
/// <param name="HostApi">The sound system it belongs to, such as <c>ALSA</c>.</param>
/// <param name="MaxInputChannels">The most channels it delivers at once; 1 or more.</param>
/// <param name="DefaultSampleRate">The samples per second it works at by default.</param>
/// <param name="IsDefault">True for the one that <c>default</c> means when no device has that name.</param>
public sealed record AudioDevice(
    int Index, string Name, string HostApi, int MaxInputChannels, int DefaultSampleRate, bool IsDefault);
