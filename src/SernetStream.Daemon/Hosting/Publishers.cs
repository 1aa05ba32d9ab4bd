using SernetStream.Daemon.Configuration;
using SernetStream.Daemon.Telemetry;
using SernetStream.Daemon.Web;
using SernetStream.Pipeline;
using SernetStream.Publishing;
using SernetStream.Publishing.Json;
using SernetStream.Publishing.Mqtt;
using SernetStream.Publishing.Text;

namespace SernetStream.Daemon.Hosting;

/// <summary>Makes the publishers that were asked for.</summary>
internal static class Publishers
{
    /// <param name="settings">Which, and how.</param>
    /// <param name="loggers">Makes their logs.</param>
    /// <param name="identity">What hubs know this device by.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="health">How the node is doing.</param>
    /// <param name="feed">The dashboard; null: there is none.</param>
    /// <param name="mqtt">The one that speaks to the broker; null: none does.</param>
    public static PublisherHost Create(
        SettingValues settings,
        ILoggerFactory loggers,
        DeviceIdentity identity,
        NodeDescription node,
        Func<NodeHealth> health,
        LiveFeed? feed,
        out MqttPublisher? mqtt)
    {
        var publishers = new List<IEventPublisher>();
        mqtt = null;
        if (settings.Mqtt() is { } options)
        {
            options = options with { DeviceId = options.DeviceId ?? identity.Claim(options.Node) };
            mqtt = new MqttPublisher(options, loggers.CreateLogger("mqtt"), node, controls: null, health);
            publishers.Add(mqtt);
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
                publishers.Add(TextPublisher.ToStandardOutput());
                break;
            default:
                break;
        }

        return new PublisherHost(publishers, loggers.CreateLogger("publishing"));
    }
}

/// <summary>Hands a pipeline's events to the publishers: at once if it is live, waiting if it is a file at full speed.</summary>
internal sealed class PublisherSink(PublisherHost publishers, NodeMeter meter, bool isLive, CancellationToken stop) : IEventSink
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
