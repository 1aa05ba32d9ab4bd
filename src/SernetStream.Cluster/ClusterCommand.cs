using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using SernetStream.Cluster.Joining;
using SernetStream.Cluster.Operating;
using SernetStream.Cluster.Rooms;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Mqtt;
using StackExchange.Redis;

namespace SernetStream.Cluster;

/// <summary>The command line of <c>sernet-cluster</c>, which is <c>sernetd cluster</c>.</summary>
internal sealed class ClusterCommand
{
    private const int RedisPort = 6379;
    private const int SiloPort = 11111;
    private const string Off = "off";

    private readonly Option<string?> _redis = new("--redis") { Description = "Where Redis is.", HelpName = "HOST[:PORT]" };
    private readonly Option<string?> _redisPassword = new("--redis-password-file") { Description = "A file with the password of Redis.", HelpName = "FILE" };
    private readonly Option<string?> _secret = new("--secret-file") { Description = "A file with the secret that all silos share, 32 characters or more.", HelpName = "FILE" };
    private readonly Option<string?> _certificate = new("--tls-cert") { Description = "Instead of a secret: this silo's certificate (PEM).", HelpName = "FILE" };
    private readonly Option<string?> _key = new("--tls-key") { Description = "The certificate's key (PEM).", HelpName = "FILE" };
    private readonly Option<string?> _authority = new("--tls-ca") { Description = "The authority that signs the silos' certificates, and nobody else's (PEM).", HelpName = "FILE" };
    private readonly Option<string> _address = new("--silo") { Description = "The address and port at which other silos reach this one.", HelpName = "ADDRESS[:PORT]", DefaultValueFactory = _ => "127.0.0.1:11111" };
    private readonly Option<string> _listen = new("--listen") { Description = "Where audio comes in and the fleet page is: PORT, ADDRESS:PORT or *:PORT.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1:8090" };
    private readonly Option<string?> _token = new("--token-file") { Description = "A file with the token that senders of audio and browsers must show.", HelpName = "FILE" };
    private readonly Option<string> _name = new("--name") { Description = "This silo's name.", HelpName = "NAME", DefaultValueFactory = _ => Environment.MachineName };
    private readonly Option<string> _cluster = new("--cluster") { Description = "The cluster's name, where several share a Redis.", HelpName = "NAME", DefaultValueFactory = _ => "sernet" };
    private readonly Option<string?> _mqtt = new("--mqtt") { Description = "The MQTT broker; the password is in SERNET_MQTT_PASSWORD. Without it events go to the terminal.", HelpName = "BROKER" };
    private readonly Option<bool> _interim = new("--mqtt-scores") { Description = "Publish interim events too." };
    private readonly Option<string?> _rooms = new("--rooms") { Description = "A file with the rooms whose audio the cluster fetches or listens for (JSON).", HelpName = "FILE" };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "The address of this machine at which this silo listens for senders (rtp, udp, tcp-listen, wyoming-listen), where the rooms' file says 0.0.0.0; off: it does not listen.", HelpName = "ADDRESS" };
    private readonly Option<string> _model = new("--model", "-m") { Description = "The model of rooms that name none.", HelpName = "MODEL", DefaultValueFactory = _ => ModelCatalog.Default };
    private readonly Option<int> _lag = new("--lag-limit") { Description = "The share of missed windows, in percent, above which this silo gives rooms away; 100: it never does.", HelpName = "PERCENT", DefaultValueFactory = _ => (int)(100 * Fleet.LoadRule.Behind) };
    private readonly Option<bool> _dashboard = new("--orleans-dashboard") { Description = "Serve Orleans' own dashboard at /orleans, behind the same token." };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Show what Orleans itself logs." };

    /// <summary>The command.</summary>
    /// <param name="run">Runs a silo until it is asked to end.</param>
    public static RootCommand Create(Func<ClusterSettings, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand("sernet-cluster is one silo of a cluster: it hears rooms, and takes over those of a silo that dies.");
        new ClusterCommand().Configure(root, run);
        var check = new Command("check", "Check what a silo with these options needs: Redis, the secret or the certificate, the broker, its ports. Exit code 1: there is a fault.");
        new ClusterCommand().Configure(check, CheckCommand.RunAsync);
        root.Add(check);
        foreach (var command in FleetCommands.Create())
        {
            root.Add(command);
        }

        foreach (var command in ManualCommands.Create(() => Create(run)))
        {
            root.Add(command);
        }

        return root;
    }

    private void Configure(Command command, Func<ClusterSettings, CancellationToken, Task<int>> run)
    {
        Option[] options =
        [
            _redis, _redisPassword, _secret, _certificate, _key, _authority, _address, _listen, _token, _name, _cluster, _mqtt, _interim, _rooms, _gateway, _model, _lag,
            _dashboard, _verbose,
        ];
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction((parsed, stop) => run(Read(parsed), stop));
    }

    private ClusterSettings Read(ParseResult parsed)
    {
        var redis = EndPointOf("--redis", parsed.GetValue(_redis) ?? throw Usage("A silo needs a Redis: name it by --redis HOST."), RedisPort);
        var configuration = new ConfigurationOptions
        {
            EndPoints = { redis },
            AbortOnConnectFail = false,
            ConnectTimeout = 2000,
            SyncTimeout = 2000,
            AsyncTimeout = 2000,
            Password = parsed.GetValue(_redisPassword) is { } file ? SecretFile.Read("--redis-password-file", file) : null,
        };
        var listen = ListenOf(parsed.GetValue(_listen)!);
        var token = parsed.GetValue(_token) is { } tokenFile ? SecretFile.Read("--token-file", tokenFile) : null;
        if (token is null && !listen.IsLoopback)
        {
            throw Usage($"--listen {listen} lets other machines in, so senders must show a token: name a file with one by --token-file.");
        }

        return new ClusterSettings
        {
            Cluster = RoomSpec.RequireName("--cluster", parsed.GetValue(_cluster)!),
            Silo = RoomSpec.RequireName("--name", parsed.GetValue(_name)!),
            Address = EndPointOf("--silo", parsed.GetValue(_address)!, SiloPort) as IPEndPoint
                ?? throw Usage($"--silo is {parsed.GetValue(_address)}; it must be an address of this machine, as other silos reach it, and a port."),
            Listen = listen,
            Token = token,
            Identity = IdentityOf(parsed),
            Redis = configuration,
            RedisAddress = Text(redis),
            Mqtt = BrokerOf(parsed),
            Rooms = parsed.GetValue(_rooms) is { } rooms ? RoomsFile.Read(rooms) : [],
            Listens = parsed.GetValue(_gateway) != Off,
            GatewayAddress = GatewayOf(parsed.GetValue(_gateway)),
            Model = parsed.GetValue(_model)!,
            PublishInterim = parsed.GetValue(_interim),
            LagLimit = parsed.GetValue(_lag) is var lag and >= 1 and <= 100 ? lag / 100.0 : throw Usage($"--lag-limit is {parsed.GetValue(_lag)}; it must be 1 to 100."),
            OrleansDashboard = parsed.GetValue(_dashboard),
            Verbose = parsed.GetValue(_verbose),
        };
    }

    private Func<ClusterIdentity> IdentityOf(ParseResult parsed)
    {
        var silo = parsed.GetValue(_name)!;
        switch (parsed.GetValue(_secret), parsed.GetValue(_certificate), parsed.GetValue(_key), parsed.GetValue(_authority))
        {
            case ({ } file, null, null, null):
                var secret = SecretFile.ReadShared(file);
                return () => ClusterIdentity.OfSecret(secret, silo);
            case (null, { } certificate, { } key, { } authority):
                return () => OfFiles(certificate, key, authority);
            default:
                throw Usage("A silo proves that it belongs to the cluster: give it --secret-file, or --tls-cert, --tls-key and --tls-ca together.");
        }
    }

    private static ClusterIdentity OfFiles(string certificate, string key, string authority)
    {
        try
        {
            return ClusterIdentity.OfFiles(certificate, key, authority);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Usage($"{certificate}, {key} and {authority} are not a certificate, its key and an authority in PEM form: {error.Message}");
        }
    }

    private MqttOptions? BrokerOf(ParseResult parsed)
    {
        if (parsed.GetValue(_mqtt) is not { } broker)
        {
            return null;
        }

        try
        {
            var password = Environment.GetEnvironmentVariable("SERNET_MQTT_PASSWORD");
            var options = MqttOptions.Parse(broker);
            return options with { Password = password ?? options.Password, PublishInterim = parsed.GetValue(_interim) };
        }
        catch (FormatException error)
        {
            throw Usage($"--mqtt is {broker}: {error.Message}");
        }
    }

    private static ListenAddress ListenOf(string text) =>
        new ListenSetting("listen", "").Read(text, out var value) is null && value is ListenAddress address
            ? address
            : throw Usage($"--listen is {text}; it must be PORT, ADDRESS:PORT or *:PORT.");

    private static IPAddress? GatewayOf(string? text) =>
        text is null or Off ? null
        : IPAddress.TryParse(text, out var address) ? address
        : throw Usage($"--gateway is {text}; it must be an address of this machine, such as 192.0.2.11, or off.");

    private static EndPoint EndPointOf(string option, string text, int port)
    {
        if (IPEndPoint.TryParse(text, out var exact))
        {
            return exact.Port > 0 ? exact : new IPEndPoint(exact.Address, port);
        }

        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        return host.Length > 0 && !host.Contains(':', StringComparison.Ordinal)
            && (colon < 0 || (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= IPEndPoint.MaxPort))
            ? new DnsEndPoint(host, port)
            : throw Usage($"{option} is {text}; it must be HOST or HOST:PORT.");
    }

    private static string Text(EndPoint point) => point is DnsEndPoint name ? $"{name.Host}:{name.Port}" : point.ToString()!;

    private static CommandException Usage(string message) => new(ExitCode.Usage, message);
}
