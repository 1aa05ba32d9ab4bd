namespace SernetStream.Audio.Tests.Capture;

/// <summary>
/// Tests that use PortAudio in this process: it has one list of devices and one environment, so one at a time.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class PortAudioCollection
{
    public const string Name = "PortAudio";
}
