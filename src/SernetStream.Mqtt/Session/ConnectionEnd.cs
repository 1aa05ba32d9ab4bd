namespace SernetStream.Mqtt.Session;

/// <summary>How a connection ended.</summary>
internal abstract record ConnectionEnd
{
    private ConnectionEnd()
    {
    }

    /// <summary>It was never made.</summary>
    internal sealed record Unreachable : ConnectionEnd;

    /// <summary>The broker did not accept this client; only a person can change that.</summary>
    internal sealed record Refused : ConnectionEnd;

    /// <summary>Another client uses the same id; only a person can change that.</summary>
    internal sealed record TakenOver : ConnectionEnd;

    /// <summary>It stood for a while, and was lost or ended.</summary>
    internal sealed record Lost(TimeSpan Lasted) : ConnectionEnd;
}
