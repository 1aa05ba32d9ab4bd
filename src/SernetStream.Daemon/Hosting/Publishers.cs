using SernetStream.Configuration;
using SernetStream.Diary;
using SernetStream.Mqtt;
using SernetStream.Pipeline;
using SernetStream.PluginSupervisor;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;
using SernetStream.State;
using SernetStream.Web.Dashboard;
using SernetStream.Web.Metrics;

namespace SernetStream.Daemon.Hosting;

/// <summary>The publishers of a node, and those of them that have more to tell than others.</summary>
/// <param name="Host">All of them.</param>
/// <param name="Mqtt">The one that speaks to the broker; null: none does.</param>
/// <param name="Plugins">The plugins.</param>
internal sealed record NodePublishers(PublisherHost Host, MqttPublisher? Mqtt, IReadOnlyList<SupervisedPlugin> Plugins);

/// <summary>Makes the publishers that were asked for.</summary>
internal static class Publishers
{
    /// <param name="settings">Which, and how.</param>
    /// <param name="plugins">The plugins; loaded as they are enumerated, which is before anything else is made.</param>
    /// <param name="feed">The dashboard; null: there is none.</param>
    /// <param name="loggers">Makes their logs.</param>
    /// <param name="identity">What hubs know this device by.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="controls">What can be changed about it; null: it is a house, whose rooms can be changed.</param>
    /// <param name="health">How the node is doing.</param>
    public static NodePublishers Create(
        SettingValues settings,
        IEnumerable<SupervisedPlugin> plugins,
        LiveFeed? feed,
        ILoggerFactory loggers,
        DeviceIdentity identity,
        NodeDescription node,
        INodeControls? controls,
        Func<NodeHealth> health)
    {
        var loaded = plugins.ToList();
        var publishers = new List<IEventPublisher>(loaded);
        MqttPublisher? mqtt = null;
        if (settings.Mqtt() is { } broker)
        {
            identity.Claim(broker.Node, broker.DeviceId);
            broker = broker with
            {
                DeviceId = broker.DeviceId ?? identity.Id,
                TopicsFile = identity.TopicsFile,
                TodayFile = identity.TodayFile,
                IsHouse = controls is null,
            };
            mqtt = new MqttPublisher(broker, loggers.CreateLogger("mqtt"), node, controls, health);
            publishers.Add(mqtt);
        }

        if (settings.Get(Settings.DiaryKeep) && controls is not null)
        {
            publishers.Add(Diary(settings, loggers.CreateLogger("diary")));
        }

        if (feed is not null)
        {
            publishers.Add(feed);
        }

        switch (settings.Output())
        {
            case OutputFormat.Json:
                publishers.Add(JsonLinesPublisher.ToStandardOutput());
                break;
            case OutputFormat.Text:
                publishers.Add(TextPublisher.ToStandardOutput(namesRooms: controls is null));
                break;
            default:
                break;
        }

        return new NodePublishers(new PublisherHost(publishers, loggers.CreateLogger("publishing")), mqtt, loaded);
    }

    /// <summary>The diary of a node, or of a room.</summary>
    public static DiaryPublisher Diary(SettingValues settings, ILogger log) => new(
        DiaryPlace.Of(settings.Node()) ?? throw new CommandException(
            ExitCode.Usage, "There is no folder to keep a diary in; set STATE_DIRECTORY, as systemd does for a service, or HOME."),
        TimeSpan.FromDays(settings.Get(Settings.DiaryRetention)),
        log,
        TimeProvider.System);
}

/// <summary>Hands a pipeline's events to the publishers: at once if it is live, waiting if it is a file at full speed.</summary>
internal sealed class PublisherSink(PublisherHost publishers, NodeMetrics meter, bool isLive, CancellationToken stop) : IEventSink
{
    public ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        meter.Count(emotionEvent);
        if (!isLive)
        {
            return publishers.PublishAsync(emotionEvent, stop);
        }

        publishers.Publish(emotionEvent);
        return ValueTask.CompletedTask;
    }

    public ValueTask PublishSpeechAsync(bool speaking)
    {
        if (!isLive)
        {
            return publishers.PublishSpeechAsync(speaking, stop);
        }

        publishers.PublishSpeech(speaking);
        return ValueTask.CompletedTask;
    }
}
