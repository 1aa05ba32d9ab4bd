using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SernetStream;

/// <summary>One JSON object, of which the caller writes the inside; escaped as <see cref="EmotionEventJson"/> does.</summary>
internal static class JsonObject
{
    /// <summary>In UTF-8, without a line end.</summary>
    public static byte[] ToUtf8(Action<Utf8JsonWriter> write)
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

    /// <summary>As text, without a line end.</summary>
    public static string ToText(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(ToUtf8(write));

    /// <summary>Writes one property whose value is a list of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
