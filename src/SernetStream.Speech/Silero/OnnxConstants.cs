using System.Text;

namespace SernetStream.Speech.Silero;

/// <summary>
/// The constants of an ONNX file, by name, also those in the branches of its graph. Of the file's protocol buffers it reads only
/// the fields that lead there (source: onnx.proto3 of ONNX, IR version 8).
/// </summary>
internal static class OnnxConstants
{
    private const int GraphOfModel = 7;
    private const int NodeOfGraph = 1;
    private const int OutputOfNode = 2;
    private const int AttributeOfNode = 5;
    private const int TensorOfAttribute = 5;
    private const int GraphOfAttribute = 6;
    private const int DataOfTensor = 9;

    /// <summary>Gives each constant that is kept as raw bytes to <paramref name="take"/>.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="take">Gets the name, and the bytes: little-endian.</param>
    public static void Read(ReadOnlySpan<byte> file, Action<string, ReadOnlySpan<byte>> take)
    {
        for (var model = new ProtobufReader(file); model.Next();)
        {
            if (model.Field == GraphOfModel)
            {
                ReadGraph(model.Bytes, take);
            }
        }
    }

    private static void ReadGraph(ReadOnlySpan<byte> bytes, Action<string, ReadOnlySpan<byte>> take)
    {
        for (var graph = new ProtobufReader(bytes); graph.Next();)
        {
            if (graph.Field == NodeOfGraph)
            {
                ReadNode(graph.Bytes, take);
            }
        }
    }

    private static void ReadNode(ReadOnlySpan<byte> bytes, Action<string, ReadOnlySpan<byte>> take)
    {
        // The outputs of a node come before its attributes.
        var name = ReadOnlySpan<byte>.Empty;
        for (var node = new ProtobufReader(bytes); node.Next();)
        {
            if (node.Field == OutputOfNode)
            {
                name = node.Bytes;
            }
            else if (node.Field == AttributeOfNode)
            {
                ReadAttribute(node.Bytes, name, take);
            }
        }
    }

    private static void ReadAttribute(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> name, Action<string, ReadOnlySpan<byte>> take)
    {
        for (var attribute = new ProtobufReader(bytes); attribute.Next();)
        {
            if (attribute.Field == GraphOfAttribute)
            {
                ReadGraph(attribute.Bytes, take);
            }
            else if (attribute.Field == TensorOfAttribute)
            {
                for (var tensor = new ProtobufReader(attribute.Bytes); tensor.Next();)
                {
                    if (tensor.Field == DataOfTensor)
                    {
                        take(Encoding.UTF8.GetString(name), tensor.Bytes);
                    }
                }
            }
        }
    }
}

/// <summary>Reads the fields of one message of protocol buffers in their order.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int WireBits = 3;
    private const int PayloadBits = 7;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Its bytes, if it is a text, bytes or a message; empty for a number.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

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
        Bytes = (key & ((1 << WireBits) - 1)) switch
        {
            0 => Skip(Number()),
            1 => Skip(Take(sizeof(ulong))),
            2 => Take(Number()),
            5 => Skip(Take(sizeof(uint))),
            var wire => throw new InvalidDataException($"Wire type {wire} is none of protocol buffers."),
        };
        return true;
    }

    private static ReadOnlySpan<byte> Skip(ulong number) => [];

    private static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> bytes) => bytes[..0];

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

    private ulong Number()
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
}
