namespace SernetStream.Models.Onnx;

/// <summary>Reads the fields of one message of protocol buffers in their order.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int WireBits = 3;
    private const int PayloadBits = 7;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Its bytes, if it is a text, bytes, a message or a number of fixed size; empty for one of another size.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Its value, if it is a number of no fixed size; otherwise zero.</summary>
    public ulong Value { get; private set; }

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">This is no message.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var key = Number();
        Field = (int)(key >> WireBits);
        Value = 0;
        Bytes = (key & ((1 << WireBits) - 1)) switch
        {
            0 => Keep(Number()),
            1 => Take(sizeof(ulong)),
            2 => Take(Number()),
            5 => Take(sizeof(uint)),
            var wire => throw new InvalidDataException($"Wire type {wire} is none of protocol buffers."),
        };
        return true;
    }

    /// <summary>Takes a number of no fixed size that stands here without a field's key, as in a packed list.</summary>
    public ulong Number()
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += PayloadBits)
        {
            var next = Take(1)[0];
            number |= (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return number;
            }
        }

        throw new InvalidDataException("A number has more than 64 bits.");
    }

    private ReadOnlySpan<byte> Keep(ulong number)
    {
        Value = number;
        return [];
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw new InvalidDataException("The message ends within a field.");
        }

        var bytes = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return bytes;
    }
}
