using System.Text.Json;

namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>One event as it was read.</summary>
/// <param name="type">Its type, such as <c>audio-chunk</c>.</param>
/// <param name="inline">The header's <c>data</c>, if it had one.</param>
/// <param name="block">The data block, if there was one; its keys go before those of <paramref name="inline"/>.</param>
/// <param name="payload">The payload; valid until the next event is read.</param>
internal readonly struct WyomingEvent(
    string type, JsonElement inline, JsonElement block, ReadOnlyMemory<byte> payload)
{
    public string Type => type;

    public ReadOnlyMemory<byte> Payload => payload;

    /// <summary>A text; null if there is none, or something else.</summary>
    public string? Text(string name) =>
        Find(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A whole number; null if there is none, or something else.</summary>
    public long? Number(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    /// <summary>The texts of a list; null if there is no list.</summary>
    public IReadOnlyList<string>? Texts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : null;

    /// <summary>The audio format that audio events name.</summary>
    /// <exception cref="ProtocolException">It is missing, or cannot be used.</exception>
    public AudioFormat Format()
    {
        var format = new AudioFormat(Required("rate"), Required("width"), Required("channels"));
        return format.Problem() is { } problem ? throw new ProtocolException(problem) : format;
    }

    private int Required(string name) =>
        Number(name) is { } value and >= 0 and <= int.MaxValue
            ? (int)value
            : throw new ProtocolException($"The event {type} needs a whole number as {name}.");

    private JsonElement? Find(string name)
    {
        if (block.ValueKind == JsonValueKind.Object && block.TryGetProperty(name, out var value))
        {
            return value;
        }

        return inline.ValueKind == JsonValueKind.Object && inline.TryGetProperty(name, out value) ? value : null;
    }
}
