using System.Buffers;
using System.Text.Json;

namespace SernetStream.Plugins.Hermes;

/// <summary>
/// Topics and messages of the Hermes protocol, as Rhasspy 2.5 speaks it (docs/reference.md of rhasspy/rhasspy, "MQTT API").
/// </summary>
internal static class HermesMessage
{
    public const string Say = "hermes/tts/say";
    public const string SayFinished = "hermes/tts/sayFinished";
    public const string HotwordOn = "hermes/hotword/toggleOn";
    public const string HotwordOff = "hermes/hotword/toggleOff";

    private const string SiteWithoutName = "default";
    private const int LongestJson = 64 * 1024;

    /// <summary>Begins the topic of a sound that is to be played; the id of the sound follows.</summary>
    public static string PlayBytes(string site) => $"hermes/audioServer/{site}/playBytes/";

    public static string PlayFinished(string site) => $"hermes/audioServer/{site}/playFinished";

    /// <summary>An emotion. The protocol knows none, so the topic is our own, beside its others.</summary>
    public static string Emotion(string site) => $"hermes/sernet/{site}/emotion";

    public static string Detected(string wakeWord) => $"hermes/hotword/{wakeWord}/detected";

    public static string Intent(string name) => $"hermes/intent/{name}";

    /// <summary>The event, and the site.</summary>
    public static byte[] OfEmotion(EmotionEvent emotionEvent, string site) => Json(writer =>
    {
        writer.WriteString("siteId"u8, site);
        EmotionEventJson.WriteProperties(writer, emotionEvent);
    });

    /// <summary>An emotion as a wake word that was detected.</summary>
    public static byte[] OfDetection(EmotionEvent emotionEvent, string site) => Json(writer =>
    {
        writer.WriteString("modelId"u8, emotionEvent.Model);
        writer.WriteString("modelVersion"u8, "");
        writer.WriteString("modelType"u8, "universal");
        writer.WriteNumber("currentSensitivity"u8, 1);
        writer.WriteString("siteId"u8, site);
        writer.WriteString("sessionId"u8, "");
    });

    /// <summary>A change of mood as an intent, outside of any session: its only slot is the emotion.</summary>
    public static byte[] OfIntent(EmotionEvent emotionEvent, string name, string site) => Json(writer =>
    {
        writer.WriteString("input"u8, emotionEvent.Emotion);
        writer.WriteStartObject("intent"u8);
        writer.WriteString("intentName"u8, name);
        EmotionEventJson.WriteRounded(writer, "confidenceScore"u8, emotionEvent.Confidence, 4);
        writer.WriteEndObject();
        writer.WriteString("siteId"u8, site);
        writer.WriteString("sessionId"u8, "");
        writer.WriteString("id"u8, "");
        writer.WriteStartArray("slots"u8);
        writer.WriteStartObject();
        writer.WriteString("entity"u8, "emotion"u8);
        writer.WriteString("slotName"u8, "emotion"u8);
        EmotionEventJson.WriteRounded(writer, "confidence"u8, emotionEvent.Confidence, 4);
        writer.WriteStartObject("value"u8);
        writer.WriteString("kind"u8, "Unknown"u8);
        writer.WriteString("value"u8, emotionEvent.Emotion);
        writer.WriteEndObject();
        writer.WriteString("rawValue"u8, emotionEvent.Emotion);
        writer.WriteStartObject("range"u8);
        writer.WriteNumber("start"u8, 0);
        writer.WriteNumber("end"u8, emotionEvent.Emotion.Length);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
    });

    /// <summary>
    /// A text of a message that is for this site; empty if it has none of this name, null if it is for another site, or no message at
    /// all.
    /// </summary>
    public static string? TextFor(string site, ReadOnlySequence<byte> payload, string name) =>
        Read(payload, message => (Text(message, "siteId") ?? SiteWithoutName) == site ? Text(message, name) ?? "" : null);

    /// <summary>The id of a message; empty if it has none.</summary>
    public static string IdOf(ReadOnlySequence<byte> payload) => Read(payload, message => Text(message, "id")) ?? "";

    private static string? Read(ReadOnlySequence<byte> payload, Func<JsonElement, string?> read)
    {
        if (payload.Length > LongestJson)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(payload);
            return document.RootElement.ValueKind == JsonValueKind.Object ? read(document.RootElement) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Whatever it is, it is not for us.
            return null;
        }
    }

    private static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, EmotionEventJson.WriterOptions))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
