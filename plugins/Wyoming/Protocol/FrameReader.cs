using System.Text.Json;
using System.Text.Unicode;

namespace SernetStream.Plugins.Wyoming.Protocol;

/// <summary>
/// Reads events from a byte stream: a line of JSON, then as many bytes of data and of payload as the line says (Wyoming
/// protocol, "Format"). It holds no more than one event, and its buffer grows to the limits at most.
/// </summary>
internal sealed class FrameReader(Stream stream, FrameLimits limits)
{
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 32 };

    // What was received and not yet used: _buffer[_start.._end].
    private byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;

    /// <summary>Waits for the first byte of an event; false at the end of the stream.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken) =>
        _start < _end || await ReceiveAsync(cancellationToken);

    /// <summary>Reads one event; null at the end of the stream. Invalidates the payload of the one before.</summary>
    /// <exception cref="ProtocolException">It is not an event, or larger than the limits; nothing more can be
    /// read.</exception>
    public async ValueTask<WyomingEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await WaitAsync(cancellationToken))
        {
            return null;
        }

        var lineLength = await LineLengthAsync(cancellationToken);
        var header = Parse(_buffer.AsMemory(_start, lineLength), "header");
        _start += lineLength + 1;
        var type = header.TryGetProperty("type", out var name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()!
            : throw new ProtocolException("The header has no type.");
        var dataLength = LengthOf(header, "data_length", limits.Data);
        var payloadLength = LengthOf(header, "payload_length", limits.Payload);

        await BufferAsync(dataLength + payloadLength, cancellationToken);
        var block = dataLength > 0 ? Parse(_buffer.AsMemory(_start, dataLength), "data") : default;
        var payload = _buffer.AsMemory(_start + dataLength, payloadLength);
        _start += dataLength + payloadLength;
        header.TryGetProperty("data", out var inline);
        return new WyomingEvent(type, inline, block, payload);
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> text, string what)
    {
        try
        {
            RefuseUnreadable(text.Span, what);
            using var document = JsonDocument.Parse(text, Json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new ProtocolException($"The {what} is not a JSON object.");
        }
        catch (JsonException error)
        {
            throw new ProtocolException($"The {what} is not JSON: {error.Message}");
        }
    }

    // The parser accepts bytes that are not UTF-8 and escapes that are not a character, and throws only when the text
    // is read. What passes here is readable everywhere.
    private static void RefuseUnreadable(ReadOnlySpan<byte> text, string what)
    {
        if (!Utf8.IsValid(text))
        {
            throw new ProtocolException($"The {what} is not UTF-8.");
        }

        if (!text.Contains((byte)'\\'))
        {
            return;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Json.MaxDepth });
        try
        {
            while (reader.Read())
            {
                _ = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString() : null;
            }
        }
        catch (InvalidOperationException)
        {
            throw new ProtocolException($"The {what} has an escape in it that is no character.");
        }
    }

    private static int LengthOf(JsonElement header, string name, int limit)
    {
        if (!header.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return 0;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var length) || length < 0)
        {
            throw new ProtocolException($"The header's {name} is not a length.");
        }

        return length <= limit
            ? (int)length
            : throw new ProtocolException($"The header's {name} is {length}; at most {limit} bytes are taken.");
    }

    /// <summary>Buffers a whole header line, and returns its length without the line end.</summary>
    private async ValueTask<int> LineLengthAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            var length = found < 0 ? _end - _start : searched + found;
            if (length > limits.Header)
            {
                throw new ProtocolException($"The header is longer than {limits.Header} bytes.");
            }

            if (found >= 0)
            {
                return length;
            }

            searched = length;
            if (!await ReceiveAsync(cancellationToken))
            {
                throw new ProtocolException("The stream ended in a header.");
            }
        }
    }

    private async ValueTask BufferAsync(int count, CancellationToken cancellationToken)
    {
        MakeRoom(count);
        while (_end - _start < count)
        {
            if (!await ReceiveAsync(cancellationToken))
            {
                throw new ProtocolException("The stream ended within an event.");
            }
        }
    }

    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        MakeRoom(_end - _start + 1);
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        return count > 0;
    }

    /// <summary>Sees to it that <paramref name="count"/> bytes from the start of what is unused fit.</summary>
    private void MakeRoom(int count)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_start + count <= _buffer.Length)
        {
            return;
        }

        var unused = _buffer.AsSpan(_start, _end - _start);
        var larger = count <= _buffer.Length ? _buffer : new byte[Math.Max(count, 2 * _buffer.Length)];
        unused.CopyTo(larger);
        (_buffer, _start, _end) = (larger, 0, unused.Length);
    }
}
