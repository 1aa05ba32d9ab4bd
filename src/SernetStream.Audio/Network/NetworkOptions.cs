namespace SernetStream.Audio.Network;

/// <summary>How a stream on the network is heard.</summary>
public sealed record NetworkOptions
{
    /// <summary>The password of the user in the address; null for none. It is not part of <see cref="ToString"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the server's certificate is checked (https, rtsps).</summary>
    public bool Verify { get; init; } = true;

    /// <summary>After this time without a sample, the stream counts as stalled, and is opened again.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override string ToString() => $"verify {Verify}, stall limit {StallLimit}";
}
