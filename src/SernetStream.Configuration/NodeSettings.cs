using Microsoft.Extensions.Logging;
using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Audio.Network;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Mqtt;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Publishing;
using SernetStream.Speech;

namespace SernetStream.Configuration;

/// <summary>Converts the settings into the options of each part of a node.</summary>
internal static class NodeSettings
{
    /// <summary>
    /// The node's name: as set, or the host's name without its domain, as far as a topic can hold it.
    /// </summary>
    public static string Node(this SettingValues values)
    {
        if (values.Get(Settings.Node) is { Length: > 0 } said)
        {
            return said;
        }

        var host = Environment.MachineName.Split('.')[0];
        var usable = string.Concat(host.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return usable.Length > 0 ? usable : "sernet";
    }

    public static PlaybackSpeed Speed(this SettingValues values) =>
        values.Get(Settings.PlaybackSpeed) == Configuration.Speed.Max ? PlaybackSpeed.Max : PlaybackSpeed.RealTime;

    /// <summary>
    /// Whether a lack of samples is normal: the writer of standard input may be slow, and a file at full speed waits
    /// for the reader of the events.
    /// </summary>
    public static bool SourceMayPause(this SettingValues values, IAudioSource source) =>
        !source.IsLive || values.Get(Settings.Device) == AudioSourceFactory.StandardInput;

    public static OutputFormat Output(this SettingValues values) => values.Get(Settings.Output) switch
    {
        OutputFormat.Auto => Console.IsOutputRedirected ? OutputFormat.Json : OutputFormat.Text,
        var chosen => chosen,
    };

    public static LogLevel LogLevel(this SettingValues values) => values.Get(Settings.LogLevel) switch
    {
        LogVerbosity.Debug => Microsoft.Extensions.Logging.LogLevel.Debug,
        LogVerbosity.Warning => Microsoft.Extensions.Logging.LogLevel.Warning,
        LogVerbosity.Error => Microsoft.Extensions.Logging.LogLevel.Error,
        _ => Microsoft.Extensions.Logging.LogLevel.Information,
    };

    /// <param name="values">The settings.</param>
    /// <param name="report">Hears how a capture device fares.</param>
    /// <param name="cancellationToken">Ends the wait for a sound system that does not answer.</param>
    public static IAudioSource OpenSource(
        this SettingValues values, Action<DeviceStatus> report, CancellationToken cancellationToken) => AudioSourceFactory.Open(
            values.Get(Settings.Device),
            values.Speed(),
            values.Get(Settings.StandardInputRate),
            values.Capture() with { WaitForDevice = values.Get(Settings.WaitForDevice) },
            report,
            cancellationToken);

    /// <summary>Listens to what the room's own speakers play; null: nobody asked for it, or no microphone hears them.</summary>
    /// <param name="values">The settings.</param>
    /// <param name="source">What is judged.</param>
    /// <param name="controls">Those of the node.</param>
    /// <param name="report">Hears how it fares.</param>
    /// <param name="ended">Told why it can no longer be heard.</param>
    public static RoomMonitor? OpenMonitor(
        this SettingValues values, IAudioSource source, PipelineControls controls, Action<DeviceStatus> report, Action<string> ended)
    {
        var name = values.Get(Settings.Monitor);
        return name.Length == 0 || source is FileSource or StreamSource
            ? null
            : new RoomMonitor(
                AudioSourceFactory.Open(
                    name == Settings.MonitorOfDefault ? AudioSourceFactory.Monitor : name,
                    options: new DeviceOptions { WaitForDevice = true },
                    report: report),
                controls,
                ended);
    }

    /// <summary>How a device or a stream is opened and supervised, if it is not waited for.</summary>
    public static DeviceOptions Capture(this SettingValues values) => new()
    {
        Channel = values.Channel(),
        OpenLimit = TimeSpan.FromSeconds(values.Get(Settings.OpenLimit)),
        Network = new NetworkOptions
        {
            Password = values.Get(Settings.StreamPassword)?.Value,
            Verify = values.Get(Settings.StreamVerify),
            AuthorityFile = NullIfEmpty(values.Get(Settings.StreamAuthority)),
            StallLimit = TimeSpan.FromSeconds(values.Get(Settings.StallLimit)),
        },
    };

    /// <summary>Which channel of a source is heard.</summary>
    public static ChannelChoice Channel(this SettingValues values) =>
        ChannelChoice.TryParse(values.Get(Settings.Channel), out var channel) ? channel : ChannelChoice.Mix;

    public static PipelineOptions Pipeline(this SettingValues values) => new()
    {
        Node = values.Node(),
        DurationSeconds = values.Get(Settings.Duration),
        Learns = values.Get(Settings.Learn) == Learning.Session,
        Windows = values.Get(Settings.Windows),
        HopSeconds = values.Get(Settings.Hop),
        MinSpeechShare = values.Get(Settings.MinSpeechShare),
        LatencyBudgetSeconds = values.Get(Settings.LatencyBudget),
        Gate = new SpeechGateOptions
        {
            OpenThreshold = (float)values.Get(Settings.GateOpen),
            CloseThreshold = (float)values.Get(Settings.GateClose),
            MinSpeechSeconds = values.Get(Settings.GateMinSpeech),
            MinSilenceSeconds = values.Get(Settings.GateMinSilence),
            PadSeconds = values.Get(Settings.GatePad),
            MaxUtteranceSeconds = values.Get(Settings.GateMaxUtterance),
        },
        Smoother = values.Smoother(),
    };

    /// <summary>How single classifications become the smoothed emotion. Where nobody says, the model's card does, if it can be read.</summary>
    public static SmootherOptions Smoother(this SettingValues values)
    {
        var card = values.Card();
        var options = values.Get(Settings.Enter) is { } enter
            ? SmootherOptions.For(card, (float)enter)
            : SmootherOptions.For(card, values.Get(Settings.Sensitivity) ?? Sensitivity.Normal);
        return options with
        {
            HalfLifeSeconds = values.Get(Settings.HalfLife),
            Leave = (float?)values.Get(Settings.Leave) ?? options.Leave,
            MaxEntropy = (float?)values.Get(Settings.MaxEntropy) ?? options.MaxEntropy,
            DwellSeconds = values.Get(Settings.Dwell),
            NoneAfterSeconds = values.Get(Settings.NoneAfter),
        };
    }

    /// <summary>How to reach the broker; null if none was named.</summary>
    /// <exception cref="ConfigurationException">The options make no sense.</exception>
    public static MqttOptions? Mqtt(this SettingValues values)
    {
        if (values.Get(Settings.MqttBroker) is not { Length: > 0 } address)
        {
            return null;
        }

        var tls = new MqttTls
        {
            CaFile = NullIfEmpty(values.Get(Settings.MqttCa)),
            CertificateFile = NullIfEmpty(values.Get(Settings.MqttCertificate)),
            KeyFile = NullIfEmpty(values.Get(Settings.MqttKey)),
            ServerName = NullIfEmpty(values.Get(Settings.MqttServerName)),
        };
        var options = MqttOptions.Parse(address, encrypted: values.Get(Settings.MqttTls) || tls != new MqttTls());
        options = options with
        {
            Node = values.Node(),
            UserName = NullIfEmpty(values.Get(Settings.MqttUser)) ?? options.UserName,
            Password = values.Get(Settings.MqttPassword)?.Value,
            Tls = options.Tls is null ? null : tls with { Verify = values.Get(Settings.MqttVerify) },
            Version = values.Get(Settings.MqttVersion) == "5" ? MqttVersion.V5 : MqttVersion.V311,
            ClientId = NullIfEmpty(values.Get(Settings.MqttClientId)),
            BaseTopic = values.Get(Settings.MqttBaseTopic),
            KeepAlive = TimeSpan.FromSeconds(values.Get(Settings.MqttKeepAlive)),
            Qos = values.Get(Settings.MqttQos),
            PublishInterim = values.Get(Settings.MqttScores),
            EventExpiry = TimeSpan.FromSeconds(values.Get(Settings.MqttEventExpiry)),
            Refractory = TimeSpan.FromSeconds(values.Get(Settings.MqttRefractory)),
            HealthInterval = TimeSpan.FromSeconds(values.Get(Settings.MqttHealthInterval)),
            LevelInterval = TimeSpan.FromSeconds(values.Get(Settings.MqttLevelInterval) ?? 0),
            Statistics = values.Get(Settings.MqttStatistics),
            Area = NullIfEmpty(values.Get(Settings.MqttArea)),
            DiscoveryPrefix = values.Get(Settings.MqttDiscovery) ? values.Get(Settings.MqttDiscoveryPrefix) : null,
            BirthTopic = values.Get(Settings.MqttBirthTopic),
            BirthPayload = values.Get(Settings.MqttBirthPayload),
            HelloTopic = NullIfEmpty(values.Get(Settings.MqttHelloTopic)),
            HelloPayload = NullIfEmpty(values.Get(Settings.MqttHelloPayload)),
            DeviceId = NullIfEmpty(values.Get(Settings.MqttDeviceId)),
        };
        var problems = options.Problems();
        return problems.Count == 0 ? options : throw new ConfigurationException(problems);
    }

    /// <summary>How the dashboard is served; null if it is not.</summary>
    public static WebOptions? Web(this SettingValues values) => values.Get(Settings.WebListen) is not { } listen
        ? null
        : new WebOptions(listen)
        {
            Token = values.Get(Settings.WebToken)?.Value,
            Hosts = values.Get(Settings.WebHosts).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            CertificateFile = NullIfEmpty(values.Get(Settings.WebCertificate)),
            KeyFile = NullIfEmpty(values.Get(Settings.WebKey)),
            MaxClients = values.Get(Settings.WebClients),
            ShowsImage = values.Get(Settings.WebImage),
        };

    /// <summary>The description of the node for hubs, as far as it is known without loading the model.</summary>
    public static NodeDescription Description(this SettingValues values)
    {
        var card = values.Card();
        return new NodeDescription
        {
            Model = card?.Name ?? "",
            Labels = card?.Labels ?? [],
            ConfigurationUrl = values.Web() is { Listen.IsLoopback: false } web ? new Uri(web.Address) : null,
        };
    }

    /// <summary>The card of the model; null if none can be read; the loader of the model reports that.</summary>
    internal static ModelCard? Card(this SettingValues values)
    {
        try
        {
            return ModelCatalog.CardOf(values.Get(Settings.Model));
        }
        catch (ModelException)
        {
            return null;
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
