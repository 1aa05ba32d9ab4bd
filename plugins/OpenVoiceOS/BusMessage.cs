using System.Buffers;
using System.Text.Json;

namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>The messages that a listener gets from the bus.</summary>
internal enum BusNews
{
    /// <summary>The assistant begins to speak.</summary>
    SpeechStarted,

    /// <summary>The assistant has finished speaking.</summary>
    SpeechEnded,

    /// <summary>The user wants not to be listened to.</summary>
    Muted,

    /// <summary>The user may be listened to.</summary>
    Unmuted,

    /// <summary>The user pressed a key that changes from one to the other.</summary>
    MuteToggled,
}

/// <summary>Messages of the bus: JSON objects with <c>type</c>, <c>data</c> and <c>context</c>.</summary>
internal static class BusMessage
{
    /// <summary>The type of what this plugin emits; its data is the event.</summary>
    public const string Emotion = "sernet.emotion";

    /// <summary>Asks whether the microphone is muted; the answer has the type of <see cref="MicrophoneStatus"/>.</summary>
    public static ReadOnlyMemory<byte> MicrophoneQuestion { get; } =
        """{"type":"mycroft.mic.get_status","data":{},"context":{"source":"sernetd"}}"""u8.ToArray();

    /// <summary>The type of the answer to <see cref="MicrophoneQuestion"/>: <c>data.muted</c> says it.</summary>
    public const string MicrophoneStatus = "mycroft.mic.get_status.response";

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

    /// <summary>
    /// What a message in UTF-8 tells a listener; null if it is not a message, or not for a listener. The assistant's
    /// speech has a name of Mycroft's and a newer one of OpenVoiceOS's; which of them a bus carries, or both, depends
    /// on its version.
    /// </summary>
    public static BusNews? NewsIn(ReadOnlySpan<byte> message)
    {
        try
        {
            return Value(message, "type"u8, JsonTokenType.String, out var type)
                ? type.GetString() switch
                {
                    "ovos.audio.output.started" or "recognizer_loop:audio_output_start" => BusNews.SpeechStarted,
                    "ovos.audio.output.ended" or "recognizer_loop:audio_output_end" => BusNews.SpeechEnded,
                    "mycroft.mic.mute" => BusNews.Muted,
                    "mycroft.mic.unmute" => BusNews.Unmuted,
                    "mycroft.mic.mute.toggle" => BusNews.MuteToggled,
                    MicrophoneStatus => Status(message),
                    _ => null,
                }
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Whatever it is, it is not for us.
            return null;
        }
    }

    private static BusNews? Status(ReadOnlySpan<byte> message) =>
        Value(message, "data"u8, JsonTokenType.StartObject, out var data)
        && Value(message[(int)data.TokenStartIndex..], "muted"u8, null, out var muted)
            ? muted.TokenType switch
            {
                JsonTokenType.True => BusNews.Muted,
                JsonTokenType.False => BusNews.Unmuted,
                _ => null,
            }
            : null;

    /// <summary>Finds a key of an object, none of those within it; the reader stands at its value.</summary>
    private static bool Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, JsonTokenType? kind, out Utf8JsonReader value)
    {
        value = new Utf8JsonReader(text);
        if (!value.Read() || value.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (value.Read() && value.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = value.ValueTextEquals(key);
            value.Read();
            if (isWanted)
            {
                return kind is null || value.TokenType == kind;
            }

            value.Skip();
        }

        return false;
    }
}
