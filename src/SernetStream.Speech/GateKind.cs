namespace SernetStream.Speech;

/// <summary>What decides that somebody speaks.</summary>
internal enum GateKind
{
    Silero,
    Energy,
    Off,
}
