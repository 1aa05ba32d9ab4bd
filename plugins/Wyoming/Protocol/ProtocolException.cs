namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>The peer breaks the protocol or its limits. The connection cannot go on.</summary>
/// <param name="message">What is wrong, for the peer and for the log.</param>
/// <param name="code">A word for programs.</param>
internal sealed class ProtocolException(string message, string code = "protocol") : Exception(message)
{
    public string Code => code;
}
