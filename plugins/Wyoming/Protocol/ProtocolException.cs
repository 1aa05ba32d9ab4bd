namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>The peer does not speak the protocol, or more than is taken from it. The connection cannot go on.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
