namespace SernetStream.Configuration;

/// <summary>How the dashboard is served.</summary>
/// <param name="Listen">Where.</param>
internal sealed record WebOptions(ListenAddress Listen)
{
    /// <summary>What browsers and programs must show; null: nothing.</summary>
    public string? Token { get; init; }

    /// <summary>Names, beside this machine's own, under which it may be asked for.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Certificate for HTTPS (PEM); null: HTTP.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The certificate's private key (PEM).</summary>
    public string? KeyFile { get; init; }

    /// <summary>Streams that may be open at once.</summary>
    public int MaxClients { get; init; } = 64;

    /// <summary>Whether the picture of the model's input is shown.</summary>
    public bool ShowsImage { get; init; } = true;

    /// <summary>What to type into a browser on this machine.</summary>
    public string Address
    {
        get
        {
            var scheme = CertificateFile is null ? "http" : "https";
            return Listen.IsLoopback
                ? $"{scheme}://{Listen}/"
                : $"{scheme}://{Environment.MachineName}:{Listen.Port}/";
        }
    }

    public override string ToString() => Address;
}
