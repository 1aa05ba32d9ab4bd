namespace SernetStream.Mqtt.Session;

/// <summary>A message that the broker sent to this node.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its payload; empty where <paramref name="Length"/> says that it was too long to be kept.</param>
/// <param name="Length">How long the payload was, in bytes.</param>
/// <param name="Retained">Whether it lay at the broker before this node subscribed.</param>
internal readonly record struct InboundMessage(string Topic, byte[] Payload, int Length, bool Retained)
{
    /// <summary>Whether the payload was longer than anything this node is sent.</summary>
    public bool IsTooLong => Payload.Length != Length;
}
