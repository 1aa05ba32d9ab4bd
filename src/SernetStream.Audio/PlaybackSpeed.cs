namespace SernetStream.Audio;

/// <summary>How fast a recording is delivered.</summary>
public enum PlaybackSpeed
{
    /// <summary>As it would come from a microphone: each sample when it falls due.</summary>
    RealTime,

    /// <summary>As fast as the reader takes it; nothing is ever lost.</summary>
    Max,
}
