using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Dashboard;
using SernetStream.Cluster.Events;
using SernetStream.Cluster.Fleet;
using SernetStream.Cluster.Gateways;
using SernetStream.Cluster.Joining;
using SernetStream.Cluster.Rooms;
using SernetStream.Cluster.Web;
using SernetStream.Configuration;
using SernetStream.Diagnosis;
using SernetStream.Publishing.Output;
using SernetStream.Web.Health;

namespace SernetStream.Cluster;

/// <summary>One silo from its start to its end.</summary>
internal sealed class SiloHost(ClusterSettings settings)
{
    /// <summary>Where grains keep what they remember.</summary>
    public const string Storage = "redis";

    /// <summary>How often silos ask each other whether they live, and how long an answer may take.</summary>
    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// So many answers must be missing in a row before a silo is suspected: so it takes more than
    /// <see cref="MembershipFence.Lease"/> until one that is stopped can be declared dead.
    /// </summary>
    public const int MissedProbes = 3;

    private readonly LogThreshold _threshold = new(LogLevel.Information);

    /// <summary>Runs it until it is asked to end.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var loggers = LoggerFactory.Create(logging => Configure(logging));
        var log = loggers.CreateLogger("sernet-cluster");
        using var identity = settings.Identity();
        RequireGood(identity, log);
        await using var redis = new RedisDoor(settings, log);
        await redis.CheckAuthorityAsync(identity.Fingerprint, stop).ConfigureAwait(false);

        WebApplication? app = null;
        using var fence = new MembershipFence(token => IsActiveAsync(app!, token), () => Die(log, stop));
        var mqtt = settings.Mqtt is { } broker ? new MqttEvents(broker with { Node = settings.Silo }, () => fence.IsOpen, loggers.CreateLogger("mqtt")) : null;
        IRoomEvents events = mqtt is null ? new ConsoleEvents(Console.Out) : mqtt;
        using var engine = new RoomEngine(settings, events, fence, loggers, _threshold);
        engine.LoadDefaultModel();
        app = Build(identity, engine);
        await using (app.ConfigureAwait(false))
        {
            ClusterWeb.Map(app, settings, log);
            if (mqtt is not null)
            {
                // Nothing is sent before the silo is a member.
                await mqtt.StartAsync().ConfigureAwait(false);
            }

            await StartAsync(app, log, stop).ConfigureAwait(false);

            using var notifier = new SystemdNotifier(Environment.GetEnvironmentVariable);
            notifier.Ready($"silo of {settings.Cluster}");
            var fencing = Task.Run(fence.RunAsync, CancellationToken.None);
            log.LogInformation(
                "the silo {Silo} at {Address} has joined {Cluster}; audio and the fleet page: http://{Listen}/",
                settings.Silo, settings.Address, settings.Cluster, settings.Listen);
            log.LogInformation("rooms of a cluster have no diary, no plugins and no labels for what was heard: for a room that needs them, run a node (sernetd --node)");
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            notifier.Stopping();
            log.LogInformation("the silo {Silo} leaves; its rooms go to others", settings.Silo);
            await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
            if (mqtt is not null)
            {
                await mqtt.DisposeAsync().ConfigureAwait(false);
            }

            fence.Dispose();
            await fencing.ConfigureAwait(false);
        }

        return ExitCode.Done;
    }

    /// <summary>No silo lets in one whose certificate is not good. Only one that is not good yet becomes so: where the clock is set late.</summary>
    private static void RequireGood(ClusterIdentity identity, ILogger log)
    {
        var now = TimeProvider.System.GetUtcNow();
        var certificate = CertificateCheck.Of(identity, now);
        switch (certificate.Severity)
        {
            case Severity.Fault:
                throw new CommandException(
                    CertificateCheck.IsTooEarly(identity, now) ? ExitCode.Failed : ExitCode.Usage, $"{certificate.What} {certificate.Remedy}");
            case Severity.Warning:
                log.LogWarning("{Certificate} {Remedy}", certificate.What, certificate.Remedy);
                break;
            default:
                break;
        }
    }

    private async Task StartAsync(WebApplication app, ILogger log, CancellationToken stop)
    {
        try
        {
            await app.StartAsync(stop).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            log.LogDebug(error, "Why the silo could not start");
            var cause = error.GetBaseException();
            throw new CommandException(
                ExitCode.Failed,
                cause is SocketException or IOException
                    ? $"The silo cannot listen on {settings.Address} (silos) or {settings.Listen} (audio): {cause.Message.TrimEnd('.')}. Name other ports with --silo and --listen."
                    : $"The silo could not join {settings.Cluster}: {cause.Message}");
        }
    }

    private WebApplication Build(ClusterIdentity identity, RoomEngine engine)
    {
        // Neither the environment's ASPNETCORE_… nor an appsettings.json lying about must open another port.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sernet-cluster" });
        Configure(builder.Logging);
        ClusterWeb.Configure(builder, settings);
        builder.Services.AddSingleton(settings).AddSingleton(engine).AddSingleton<FleetView>().AddSingleton<SiloReporter>().AddSingleton<RoomDoor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SiloReporter>());
        builder.UseOrleans(silo => ConfigureSilo(silo, identity));
        builder.Services.AddHostedService<RoomKeeper>();
        builder.Services.AddHostedService<GatewayKeeper>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        return builder.Build();
    }

    private void Configure(ILoggingBuilder logging) =>
        ConsoleLog.Configure(logging, "sernet-cluster", _threshold, settings.Verbose ? [] : ["Orleans", "Microsoft", "Polly"]);

    private void ConfigureSilo(ISiloBuilder silo, ClusterIdentity identity)
    {
        if (settings.OrleansDashboard)
        {
            silo.AddDashboard();
        }

        silo.UseRedisClustering(redis => redis.ConfigurationOptions = settings.Redis)
            .AddRedisGrainStorage(Storage, redis => redis.ConfigurationOptions = settings.Redis)
            .UseRedisGrainDirectoryAsDefault(redis => redis.ConfigurationOptions = settings.Redis)
            .AddPlacementDirector<RoomPlacement, RoomDirector>()
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (settings.Cluster, settings.Cluster))
            .Configure<SiloOptions>(options => options.SiloName = settings.Silo)
            .Configure<EndpointOptions>(endpoints =>
            {
                endpoints.AdvertisedIPAddress = settings.Address.Address;
                endpoints.SiloPort = settings.Address.Port;
                endpoints.SiloListeningEndpoint = settings.Address;
                // Nobody but silos speaks to a silo.
                endpoints.GatewayPort = 0;
            })
            .Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = ProbeTimeout;
                membership.NumMissedProbesLimit = MissedProbes;
                membership.NumVotesForDeathDeclaration = 2;
                membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
                membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
                membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
                membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
            })
            .Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = messaging.SystemResponseTimeout = TimeSpan.FromSeconds(8))
            .UseTls(tls =>
            {
                tls.LocalCertificate = identity.Own;
                tls.RemoteCertificateMode = tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
                tls.RemoteCertificateValidation = (certificate, _, _) => identity.IsPeer(certificate);
                tls.OnAuthenticateAsServer = (_, options) => options.ClientCertificateRequired = true;
                tls.OnAuthenticateAsClient = (_, options) => options.TargetHost = "sernet cluster";
            });
    }

    /// <summary>Whether this silo's own row in Redis says that it is active; null: it does not say yet.</summary>
    private static async Task<bool?> IsActiveAsync(WebApplication app, CancellationToken stop)
    {
        var self = app.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        var table = await app.Services.GetRequiredService<IMembershipTable>().ReadAllAsync(stop).ConfigureAwait(false);
        return table.TryGet(self)?.Item1.Status switch
        {
            // One that leaves speaks for its rooms until it has given them up.
            SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping => true,
            SiloStatus.Dead => false,
            _ => null,
        };
    }

    private static void Die(ILogger log, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            // It has left.
            return;
        }

        log.LogError("the others declared this silo dead, and have its rooms: it ends, to be started anew");
        Environment.Exit(ExitCode.Failed);
    }
}
