using System.Diagnostics;
using SernetStream.Mqtt.Outbox;
using SernetStream.Publishing;

namespace SernetStream.Mqtt;

/// <summary>The payload of the health topic: how node and publisher have been doing since the start.</summary>
/// <param name="source">What the node says about itself; null where there is no node, as in tests.</param>
/// <param name="version">Version of the daemon.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class MqttHealth(Func<NodeHealth>? source, string version, TimeProvider clock)
{
    private readonly DateTimeOffset _started = clock.GetUtcNow();
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _connections;

    /// <summary>Counts a connection that was made.</summary>
    public void Connected() => _connections++;

    public byte[] ToUtf8(MqttOutbox outbox) => JsonObject.ToUtf8(writer =>
    {
        var node = source?.Invoke() ?? new NodeHealth();
        writer.WriteString("version"u8, version);
        writer.WriteString("started"u8, EmotionEventJson.Timestamp(_started));
        EmotionEventJson.WriteRounded(writer, "uptime"u8, Stopwatch.GetElapsedTime(_began).TotalSeconds, 0);
        if (node.Microphone is { } microphone)
        {
            writer.WriteString("microphone"u8, microphone.Name());
        }

        EmotionEventJson.WriteRounded(writer, "audioSeconds"u8, node.AudioSeconds, 1);
        EmotionEventJson.WriteRounded(writer, "lostMs"u8, node.LostMs, 1);
        writer.WriteNumber("utterances"u8, node.Utterances);
        writer.WriteNumber("events"u8, node.Events);
        writer.WriteStartObject("windows"u8);
        writer.WriteNumber("classified"u8, node.WindowsClassified);
        writer.WriteNumber("skipped"u8, node.WindowsSkipped);
        writer.WriteNumber("late"u8, node.WindowsLate);
        writer.WriteNumber("failed"u8, node.WindowsFailed);
        writer.WriteEndObject();
        writer.WriteStartObject("latencyMs"u8);
        EmotionEventJson.WriteRounded(writer, "p50"u8, node.LatencyP50Ms, 2);
        EmotionEventJson.WriteRounded(writer, "p95"u8, node.LatencyP95Ms, 2);
        EmotionEventJson.WriteRounded(writer, "p99"u8, node.LatencyP99Ms, 2);
        EmotionEventJson.WriteRounded(writer, "max"u8, node.LatencyMaxMs, 2);
        writer.WriteEndObject();
        writer.WriteStartObject("mqtt"u8);
        writer.WriteNumber("delivered"u8, outbox.Delivered);
        writer.WriteNumber("dropped"u8, outbox.Dropped);
        writer.WriteNumber("expired"u8, outbox.Expired);
        writer.WriteNumber("connections"u8, _connections);
        writer.WriteEndObject();
    });
}
