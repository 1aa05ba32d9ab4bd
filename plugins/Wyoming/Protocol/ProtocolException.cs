namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>The peer does not speak the protocol, or more than is taken from it. The connection cannot go on.</summary>
/// <param name="message">What is wrong, for the peer and for the log.</param>
/// <param name="code">A word for programs.</param>
internal sealed class ProtocolException(string message, string code = "protocol") : Exception(message)
{
    public string Code => code;
}
