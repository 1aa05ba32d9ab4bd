using System.Buffers;
using System.Text.Json;

namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>Messages of the bus: JSON objects with <c>type</c>, <c>data</c> and <c>context</c>.</summary>
internal static class BusMessage
{
    /// <summary>The type of what this plugin emits; its data is the event.</summary>
    public const string Emotion = "sernet.emotion";

    /// <summary>The assistant begins to speak.</summary>
    public const string OutputStart = "recognizer_loop:audio_output_start";

    /// <summary>The assistant has finished speaking.</summary>
    public const string OutputEnd = "recognizer_loop:audio_output_end";

    /// <summary>An event as a message, in UTF-8.</summary>
    public static ReadOnlyMemory<byte> Of(EmotionEvent emotionEvent)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, EmotionEventJson.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, Emotion);
            writer.WriteStartObject("data"u8);
            EmotionEventJson.WriteProperties(writer, emotionEvent);
            writer.WriteEndObject();
            writer.WriteStartObject("context"u8);
            writer.WriteString("source"u8, "sernetd");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The type of a message in UTF-8; null if it is no message.</summary>
    public static string? TypeOf(ReadOnlySpan<byte> message)
    {
        var reader = new Utf8JsonReader(message);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                reader.Skip();
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Whatever it is, it is not for us.
            return null;
        }

        return null;
    }
}
