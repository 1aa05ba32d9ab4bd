using SernetStream.Daemon.Configuration;
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
    /// <param name="plugins">The plugins; loaded as they are enumerated, which is before anything else is made.</param>
    /// <param name="loggers">Makes their logs.</param>
    /// <param name="identity">What hubs know this device by.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="controls">What can be changed about it.</param>
    /// <param name="health">How the node is doing.</param>
    public static PublisherHost Create(
        SettingValues settings,
        IEnumerable<IEventPublisher> plugins,
        ILoggerFactory loggers,
        DeviceIdentity identity,
        NodeDescription node,
        INodeControls controls,
        Func<NodeHealth> health)
    {
        var publishers = plugins.ToList();
        if (settings.Mqtt() is { } mqtt)
        {
            mqtt = mqtt with { DeviceId = mqtt.DeviceId ?? identity.Claim(mqtt.Node) };
            publishers.Add(new MqttPublisher(mqtt, loggers.CreateLogger("mqtt"), node, controls, health));
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
internal sealed class PublisherSink(PublisherHost publishers, bool isLive, CancellationToken stop) : IEventSink
{
    public ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
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
