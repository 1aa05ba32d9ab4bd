using System.Buffers;
using System.Text.Json;

namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>
/// Makes events as the protocol's own Python package writes them: a header line with <c>type</c>, <c>version</c> and, if
/// there is data, <c>data_length</c>, then the data block.
/// </summary>
internal static class Frame
{
    /// <summary>The version of the protocol's package whose documentation this follows.</summary>
    public const string Version = "1.7.2";

    public static byte[] Pong(string? text) => Of("pong", data => data.WriteString("text"u8, text));

    public static byte[] VoiceStarted(long timestamp) => Of("voice-started", data => data.WriteNumber("timestamp"u8, timestamp));

    public static byte[] VoiceStopped(long timestamp) => Of("voice-stopped", data => data.WriteNumber("timestamp"u8, timestamp));

    public static byte[] NotDetected() => Of("not-detected");

    public static byte[] Detection(string name, long timestamp) => Of("detection", data =>
    {
        data.WriteString("name"u8, name);
        data.WriteNumber("timestamp"u8, timestamp);
    });

    public static byte[] Error(string text, string code) => Of("error", data =>
    {
        data.WriteString("text"u8, text);
        data.WriteString("code"u8, code);
    });

    /// <summary>An emotion, as an event that the protocol leaves to its users.</summary>
    public static byte[] UserEvent(EmotionEvent emotionEvent) => Of("user-event", data =>
    {
        data.WriteString("name"u8, "emotion"u8);
        data.WriteStartObject("data"u8);
        EmotionEventJson.WriteProperties(data, emotionEvent);
        data.WriteEndObject();
    });

    /// <summary>An event with the data that <paramref name="writeData"/> writes into an open object.</summary>
    public static byte[] Of(string type, Action<Utf8JsonWriter>? writeData = null)
    {
        var data = writeData is null ? [] : Json(writeData);
        var header = Json(header =>
        {
            header.WriteString("type"u8, type);
            header.WriteString("version"u8, Version);
            if (data.Length > 0)
            {
                header.WriteNumber("data_length"u8, data.Length);
            }
        });
        return [.. header, (byte)'\n', .. data];
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, EmotionEventJson.WriterOptions))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
