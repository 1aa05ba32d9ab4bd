using System.Buffers;
using System.Text.Json;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Publishing;

namespace SernetStream.Web.Dashboard;

/// <summary>The messages of the stream: server-sent events (HTML, section 9.2) whose data is one JSON object each.</summary>
internal static class FeedMessages
{
    /// <summary>The first message to a browser: the node, and its current state.</summary>
    public static byte[] Hello(NodeView node, IEnumerable<EmotionEvent> recent, WebOptions options) => Message("hello"u8, json =>
    {
        json.WriteString("node"u8, node.Name);
        json.WriteString("version"u8, ProductVersion.Text);
        json.WriteString("source"u8, node.Source.Name);
        json.WriteNumber("sampleRate"u8, node.Source.SampleRate);
        json.WriteString("model"u8, node.Model.Name);
        json.WriteString("licence"u8, node.Model.Training.Licence);
        JsonObject.WriteTexts(json, "labels"u8, node.Model.Labels);
        json.WriteNumber("rows"u8, LiveImage.Rows);
        json.WriteNumber("frameSeconds"u8, (double)node.Model.FrontEnd.HopLength / node.Model.FrontEnd.SampleRate);
        json.WriteNumber("hopSeconds"u8, node.Options.HopSeconds);
        EmotionEventJson.WriteRounded(json, "gateOpens"u8, node.Options.Gate.OpenThreshold, 3);
        WriteSensitivities(json, node);
        WriteThreshold(json, node);
        if (node.Settable.Feedback is { } feedback)
        {
            JsonObject.WriteTexts(json, "feedback"u8, feedback.Labels);
        }

        json.WriteBoolean("muted"u8, node.Controls.Muted);
        json.WriteBoolean("needsToken"u8, options.Token is not null);
        json.WriteBoolean("image"u8, options.ShowsImage);
        json.WriteString("startedAt"u8, EmotionEventJson.Timestamp(node.StartedAt));
        json.WriteStartArray("events"u8);
        foreach (var emotionEvent in recent)
        {
            json.WriteStartObject();
            EmotionEventJson.WriteProperties(json, emotionEvent);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>One decision.</summary>
    public static byte[] Event(EmotionEvent emotionEvent) =>
        Message("emotion"u8, json => EmotionEventJson.WriteProperties(json, emotionEvent));

    /// <summary>A tenth of a second: level, speech and picture.</summary>
    public static byte[] Pulse(NodeView node, in MeterReading reading, ReadOnlySpan<byte> columns)
    {
        var (meter, muted) = (reading, node.Controls.Muted);
        var picture = Convert.ToBase64String(columns);
        return Message("pulse"u8, json =>
        {
            EmotionEventJson.WriteRounded(json, "peak"u8, meter.PeakDb, 1);
            EmotionEventJson.WriteRounded(json, "level"u8, meter.LevelDb, 1);
            EmotionEventJson.WriteRounded(json, "speech"u8, meter.Speech, 3);
            json.WriteBoolean("speaking"u8, meter.IsSpeaking && !muted);
            json.WriteBoolean("muted"u8, muted);
            WriteThreshold(json, node);
            json.WriteString("columns"u8, picture);
        });
    }

    /// <summary>What went through so far.</summary>
    public static byte[] Counters(NodeView node, int clients) => Message("counters"u8, json => WriteCounters(json, node, clients));

    /// <summary>The counters as properties of an object that is open.</summary>
    public static void WriteCounters(Utf8JsonWriter json, NodeView node, int clients)
    {
        var counters = node.Counters;
        EmotionEventJson.WriteRounded(json, "uptime"u8, (TimeProvider.System.GetUtcNow() - node.StartedAt).TotalSeconds, 0);
        EmotionEventJson.WriteRounded(json, "heard"u8, node.HeardSeconds, 1);
        EmotionEventJson.WriteRounded(json, "lost"u8, (double)counters.SamplesLost / node.Source.SampleRate, 3);
        EmotionEventJson.WriteRounded(json, "mutedFor"u8, (double)counters.SamplesMuted / node.Source.SampleRate, 1);
        json.WriteNumber("utterances"u8, counters.Utterances);
        json.WriteNumber("windows"u8, counters.WindowsCut);
        json.WriteNumber("classified"u8, counters.WindowsClassified);
        json.WriteNumber("skipped"u8, counters.WindowsSkipped);
        json.WriteNumber("late"u8, counters.WindowsLate + counters.ResultsLate);
        json.WriteNumber("failed"u8, counters.WindowsFailed);
        json.WriteNumber("events"u8, counters.Events);
        json.WriteNumber("clients"u8, clients);
        json.WriteStartObject("latencyMs"u8);
        EmotionEventJson.WriteRounded(json, "p50"u8, counters.Latency.PercentileMs(0.5), 1);
        EmotionEventJson.WriteRounded(json, "p95"u8, counters.Latency.PercentileMs(0.95), 1);
        EmotionEventJson.WriteRounded(json, "p99"u8, counters.Latency.PercentileMs(0.99), 1);
        EmotionEventJson.WriteRounded(json, "max"u8, counters.Latency.LargestMs, 1);
        json.WriteEndObject();
        json.WriteStartObject("costs"u8);
        foreach (var stage in Enum.GetValues<Stage>())
        {
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(stage.ToString()));
            json.WriteNumberValue(Math.Round(counters.Costs.Seconds(stage), 3));
        }

        json.WriteEndObject();
        json.WriteStartArray("publishers"u8);
        foreach (var publisher in node.Publishers.Counters)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, publisher.Name);
            json.WriteNumber("published"u8, publisher.Published);
            json.WriteNumber("dropped"u8, publisher.Dropped);
            json.WriteNumber("failed"u8, publisher.Failed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (node.Microphone is { } microphone)
        {
            json.WriteString("microphone"u8, microphone.State.Name());
        }

        if (node.Mqtt is { } mqtt)
        {
            json.WriteBoolean("brokerConnected"u8, mqtt.IsConnected);
        }
    }

    /// <summary>What can be chosen, and how many of a hundred ordinary utterances it gives an emotion.</summary>
    private static void WriteSensitivities(Utf8JsonWriter json, NodeView node)
    {
        json.WriteStartObject("sensitivities"u8);
        foreach (var (name, sensitivity) in node.Settable.Sensitivities.Zip(Enum.GetValues<Sensitivity>()))
        {
            json.WriteNumber(name, OperatingPoints.RateOf(sensitivity));
        }

        json.WriteEndObject();
        EmotionEventJson.WriteRounded(json, "lowest"u8, node.Settable.LowestEnterThreshold, 3);
        json.WriteStartArray("points"u8);
        foreach (var point in node.Model.OperatingPoints?.Points ?? [])
        {
            json.WriteStartObject();
            EmotionEventJson.WriteRounded(json, "threshold"u8, point.Threshold, 4);
            EmotionEventJson.WriteRounded(json, "falseMoods"u8, point.FalseEmotions, 1);
            EmotionEventJson.WriteRounded(json, "kept"u8, point.FalseEmotionsKept, 1);
            EmotionEventJson.WriteRounded(json, "recall"u8, point.Recall, 1);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteThreshold(Utf8JsonWriter json, NodeView node)
    {
        json.WriteString("sensitivity"u8, node.Settable.Sensitivity);
        EmotionEventJson.WriteRounded(json, "enter"u8, node.Controls.Smoother.Enter, 4);
    }

    private static byte[] Message(ReadOnlySpan<byte> name, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write("event: "u8);
        buffer.Write(name);
        buffer.Write("\ndata: "u8);

        // The default encoder: what the browser gets is escaped for HTML too. JSON has no line breaks of its own.
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
