namespace SernetStream.Speech;

/// <summary>What decides that somebody speaks.</summary>
internal enum GateKind
{
    Cascade,
    Silero,
    Energy,
    Off,
}
