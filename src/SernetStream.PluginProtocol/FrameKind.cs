namespace SernetStream.PluginProtocol;

/// <summary>
/// What a frame asks or says. The sender and the answer are noted at each; every question is answered by a
/// <see cref="Reply"/> or a <see cref="Failure"/> with its number.
/// </summary>
public enum FrameKind : byte
{
    /// <summary>The answer to a question; what it holds depends on the question.</summary>
    Reply = 0,

    /// <summary>A question could not be answered: a <see cref="FailureMessage"/>.</summary>
    Failure = 1,

    /// <summary>Host: the secret that it was started with. It is the first frame of a connection.</summary>
    Hello = 2,

    /// <summary>Daemon: load this plugin, a <see cref="LoadMessage"/>.</summary>
    Load = 3,

    /// <summary>Daemon: read the settings as the plugin will, and start nothing.</summary>
    Check = 4,

    /// <summary>Daemon: make an instance, and start it.</summary>
    Start = 5,

    /// <summary>Daemon: do the work; the answer comes when it has ended.</summary>
    Run = 6,

    /// <summary>Daemon: return at once. No answer.</summary>
    Cancel = 7,

    /// <summary>Daemon: dispose the instance.</summary>
    Dispose = 8,

    /// <summary>Daemon: are you there?</summary>
    Ping = 9,

    /// <summary>Host: the plugin takes an event. The answer is a <see cref="HeardMessage"/>, or nothing at the end.</summary>
    Take = 20,

    /// <summary>Host: a line for the log, a <see cref="LogMessage"/>. No answer.</summary>
    Log = 21,

    /// <summary>Host: open an audio stream, a <see cref="StreamMessage"/>; the frame's target is its number.</summary>
    OpenStream = 22,

    /// <summary>Host: raw audio for a stream, answered when the pipeline has taken it.</summary>
    Audio = 23,

    /// <summary>Host: no more audio comes in a stream. No answer.</summary>
    CompleteStream = 24,

    /// <summary>Host: what a stream heard, one event. Answered as <see cref="Take"/> is.</summary>
    TakeHeard = 25,

    /// <summary>Host: end a stream.</summary>
    CloseStream = 26,

    /// <summary>Host: hold the microphone, a <see cref="LogMessage"/> with the reason; the frame's target is its number.</summary>
    Hold = 27,

    /// <summary>Host: let the microphone go. No answer.</summary>
    Release = 28,
}
