namespace SernetStream.Audio.Capture;

/// <summary>What can be listened to, of any sound system.</summary>
/// <param name="Device">How <c>--device</c> names it.</param>
/// <param name="Index">PortAudio's number for it; null if it is none of PortAudio's.</param>
/// <param name="Name">Its name in its sound system.</param>
/// <param name="HostApi">Its sound system, such as <c>ALSA</c> or <c>PulseAudio</c>; of a stream, what it speaks, such as <c>RTSP</c>.</param>
/// <param name="MaxInputChannels">The most channels it delivers at once; null: it says so only when it is heard.</param>
/// <param name="DefaultSampleRate">The samples per second it works at by default; null: it says so only when it is heard.</param>
/// <param name="IsDefault">Whether it is the default of its sound system.</param>
/// <param name="IsMonitor">Whether it is what a loudspeaker plays, rather than a microphone.</param>
public sealed record ListedDevice(
    string Device, int? Index, string Name, string HostApi, int? MaxInputChannels, int? DefaultSampleRate, bool IsDefault, bool IsMonitor);
