namespace SernetStream.Audio.Tests.Capture;

/// <summary>
/// Tests that use PortAudio in this process run one at a time: they share one list of devices and one environment.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class PortAudioCollection
{
    public const string Name = "PortAudio";
}
