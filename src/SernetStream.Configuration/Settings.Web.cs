namespace SernetStream.Configuration;

/// <content>Dashboard, metrics and health.</content>
internal static partial class Settings
{
    private const int ShortestToken = 16;

    public static readonly ListenSetting WebListen = new(
        "web.listen",
        "Serve the dashboard, metrics and health: on (this machine only, port 8099), off, a port, or ADDRESS:PORT. "
        + "If other machines can reach it, it needs a token too.")
    { Option = "--web ADDRESS" };

    public static readonly SecretSetting WebToken = new(
        "web.token_file", "File with the token that browsers and programs must show; at least 16 characters.")
    { Option = "--web-token-file FILE" };

    public static readonly TextSetting WebHosts = new(
        "web.hosts", "",
        "Names by which browsers may reach the dashboard, separated by commas. Addresses, localhost and this machine's "
        + "own name always work. Any other name is refused, so that a page of another site cannot reach the dashboard (DNS rebinding).")
    { Check = HostProblem };

    public static readonly TextSetting WebCertificate = new(
        "web.certificate_file", "", "Certificate (PEM) for HTTPS. Empty: HTTP.")
    { Check = ReadableFile };

    public static readonly TextSetting WebKey = new("web.key_file", "", "Private key (PEM) of the certificate.") { Check = ReadableFile };

    public static readonly IntegerSetting WebClients = new(
        "web.max_clients", 64, 1, 1000, "Dashboards that may be open at once.");

    public static readonly SwitchSetting WebImage = new(
        "web.image", true,
        "Show the input of the model, as a scrolling picture. Words could be guessed from it; turn it off where that matters.");

    public static readonly TextSetting OtlpEndpoint = new(
        "telemetry.otlp_endpoint", "", "Send metrics to this OpenTelemetry collector: http://collector:4317. Empty: do not send.")
    { Check = HttpAddressProblem };

    public static readonly ChoiceSetting<OtlpProtocol> TelemetryProtocol = new(
        "telemetry.otlp_protocol", OtlpProtocol.Grpc, "Protocol of the collector: grpc (port 4317), or http (port 4318).");

    public static readonly NumberSetting TelemetryInterval = new(
        "telemetry.otlp_interval", 60, new Bounds(1, 3600), "How often metrics are sent.")
    { Unit = "s" };

    private static string? ReadableFile(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"the file {path} cannot be read: {error.Message}";
        }
    }

    private static string? HostProblem(string hosts) =>
        hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(host => Uri.CheckHostName(host) == UriHostNameType.Unknown) is { } wrong
            ? $"'{wrong}' is not the name of a machine; write it as kitchen.local, without http:// and port."
            : null;

    private static string? HttpAddressProblem(string address) =>
        address.Length == 0 || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            ? null
            : "it is not an address such as http://collector:4317.";

    private static Rule TokenGuardsTheNetwork() => new(
        WebToken,
        WebListen,
        values => values.Get(WebListen) is not { IsLoopback: false } || values.Get(WebToken) is not null,
        values => $"a file with a token, because other machines can reach {values.TextOf(WebListen)} "
            + "(web.listen); make one with: head -c 24 /dev/urandom | base64");

    private static Rule TokenIsLong() => new(
        WebToken,
        WebListen,
        values => values.Get(WebToken) is not { Value.Length: < ShortestToken },
        _ => $"a token of {ShortestToken} characters or more; make one with: head -c 24 /dev/urandom | base64");
}
