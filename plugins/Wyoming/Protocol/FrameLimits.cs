namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>The limits of one event from a peer, in bytes.</summary>
/// <param name="Header">The header line, without its end.</param>
/// <param name="Data">The data block.</param>
/// <param name="Payload">The payload.</param>
internal sealed record FrameLimits(int Header = 16 * 1024, int Data = 64 * 1024, int Payload = 1024 * 1024);
