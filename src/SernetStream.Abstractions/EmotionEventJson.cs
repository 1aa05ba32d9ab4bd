using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SernetStream;

/// <summary>The JSON form of events: one object a line, keys in a fixed order, numbers short enough for a person to read.</summary>
public static class EmotionEventJson
{
    /// <summary>Version of the JSON form; it moves when a key changes its meaning or goes away, not when one is added.</summary>
    public const int Schema = 1;

    /// <summary>
    /// How a writer of this form escapes: only what JSON asks for, so that a node called <c>Küche</c> reads so. The
    /// text is for terminals and brokers; code that puts it into HTML must escape it there.
    /// </summary>
    public static JsonWriterOptions WriterOptions { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The event as UTF-8 JSON, without a line end.</summary>
    public static byte[] ToUtf8(EmotionEvent emotionEvent) =>
        JsonObject.ToUtf8(writer => WriteProperties(writer, emotionEvent));

    /// <summary>The event as JSON text, without a line end.</summary>
    public static string ToText(EmotionEvent emotionEvent) => Encoding.UTF8.GetString(ToUtf8(emotionEvent));

    /// <summary>Writes the event's properties into an object that the caller has started, so that a caller may add its own.</summary>
    public static void WriteProperties(Utf8JsonWriter writer, EmotionEvent emotionEvent)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(emotionEvent);
        writer.WriteNumber("schema"u8, Schema);
        writer.WriteString("node"u8, emotionEvent.Node);
        writer.WriteString("kind"u8, KindName(emotionEvent.Kind));
        writer.WriteNumber("sequence"u8, emotionEvent.Sequence);
        writer.WriteString("time"u8, Timestamp(emotionEvent.Time));
        WriteRounded(writer, "audioStart"u8, emotionEvent.AudioStart, 3);
        WriteRounded(writer, "audioEnd"u8, emotionEvent.AudioEnd, 3);
        writer.WriteString("emotion"u8, emotionEvent.Emotion);
        WriteRounded(writer, "confidence"u8, emotionEvent.Confidence, 4);
        WriteRounded(writer, "arousal"u8, emotionEvent.Arousal ?? double.NaN, 3);
        writer.WriteString("previous"u8, emotionEvent.Previous);
        WriteScores(writer, "probabilities"u8, emotionEvent.Probabilities);
        WriteScores(writer, "raw"u8, emotionEvent.Raw);
        writer.WriteString("model"u8, emotionEvent.Model);
        WriteRounded(writer, "latencyMs"u8, emotionEvent.LatencyMs, 2);
    }

    /// <summary>Writes one property whose value is an object of label → number, with four decimals.</summary>
    public static void WriteScores(Utf8JsonWriter writer, ReadOnlySpan<byte> name, EmotionScores scores)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(scores);
        writer.WriteStartObject(name);
        foreach (var (label, value) in scores)
        {
            writer.WritePropertyName(label);
            writer.WriteRawValue(Rounded(value, 4), skipInputValidation: true);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes one number with at most <paramref name="decimals"/> decimals; what is not finite is null.</summary>
    public static void WriteRounded(Utf8JsonWriter writer, ReadOnlySpan<byte> name, double value, int decimals)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WritePropertyName(name);
        writer.WriteRawValue(Rounded(value, decimals), skipInputValidation: true);
    }

    /// <summary>The name of a kind on the wire.</summary>
    public static string KindName(EmotionEventKind kind) => kind switch
    {
        EmotionEventKind.Interim => "interim",
        EmotionEventKind.Final => "final",
        EmotionEventKind.Change => "change",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of event."),
    };

    /// <summary>A time on the wire: UTC, ISO 8601 with milliseconds.</summary>
    public static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // Adding 0 turns a negative zero, which rounding makes of -0.00001, into 0.
    private static string Rounded(double value, int decimals) =>
        double.IsFinite(value)
            ? (Math.Round(value, decimals) + 0.0).ToString("0.######", CultureInfo.InvariantCulture)
            : "null";
}
