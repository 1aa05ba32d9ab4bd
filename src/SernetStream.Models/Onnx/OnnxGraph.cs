using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace SernetStream.Models.Onnx;

/// <summary>One computation of a graph.</summary>
/// <param name="Operator">Its kind.</param>
/// <param name="Inputs">Names of the tensors that it reads; one left out has an empty name.</param>
/// <param name="Outputs">Names of those that it writes.</param>
/// <param name="Attributes">Its attributes in the order of their names, as in <c>axis=1 keepdims=0</c>.</param>
internal sealed record OnnxNode(string Operator, string[] Inputs, string[] Outputs, string Attributes);

/// <summary>A tensor that is part of the file.</summary>
/// <param name="Type">Of its numbers, as ONNX counts the types.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Bytes">Its numbers, little-endian.</param>
internal sealed record OnnxConstant(int Type, long[] Shape, byte[] Bytes)
{
    public const int Float = 1;
    public const int Byte = 2;
    public const int SignedByte = 3;
    public const int Int = 6;
    public const int Long = 7;

    public T[] As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes).ToArray();
}

/// <summary>
/// What an ONNX file says: nodes in the order of their execution, constants, inputs and outputs with their sizes. Read from the
/// protocol buffers themselves (source: onnx.proto3 of ONNX, IR version 8).
/// </summary>
internal sealed class OnnxGraph
{
    private OnnxGraph(ReadOnlySpan<byte> file)
    {
        for (var model = new ProtobufReader(file); model.Next();)
        {
            if (model.Field == 7)
            {
                ReadGraph(model.Bytes);
            }
        }
    }

    public List<OnnxNode> Nodes { get; } = [];

    public Dictionary<string, OnnxConstant> Constants { get; } = new(StringComparer.Ordinal);

    /// <summary>Each as its name and sizes, as in <c>voice 1,1346</c>; only those of 32-bit floats.</summary>
    public HashSet<string> Inputs { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc cref="Inputs"/>
    public HashSet<string> Outputs { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static OnnxGraph Read(ReadOnlySpan<byte> file) => new(file);

    private void ReadGraph(ReadOnlySpan<byte> bytes)
    {
        for (var graph = new ProtobufReader(bytes); graph.Next();)
        {
            switch (graph.Field)
            {
                case 1:
                    Nodes.Add(Node(graph.Bytes));
                    break;
                case 5:
                    var (name, constant) = Constant(graph.Bytes);
                    Constants[name] = constant;
                    break;
                case 11:
                    Inputs.Add(Declared(graph.Bytes));
                    break;
                case 12:
                    Outputs.Add(Declared(graph.Bytes));
                    break;
                default:
                    break;
            }
        }
    }

    private static OnnxNode Node(ReadOnlySpan<byte> bytes)
    {
        List<string> inputs = [], outputs = [], attributes = [];
        var kind = "";
        for (var node = new ProtobufReader(bytes); node.Next();)
        {
            switch (node.Field)
            {
                case 1:
                    inputs.Add(Text(node.Bytes));
                    break;
                case 2:
                    outputs.Add(Text(node.Bytes));
                    break;
                case 4:
                    kind = Text(node.Bytes);
                    break;
                case 5:
                    attributes.Add(Attribute(node.Bytes));
                    break;
                case 7:
                    // The operator is not ONNX's own.
                    kind += node.Bytes.IsEmpty ? "" : $" of {Text(node.Bytes)}";
                    break;
                default:
                    break;
            }
        }

        attributes.Sort(StringComparer.Ordinal);
        return new OnnxNode(kind, [.. inputs], [.. outputs], string.Join(' ', attributes));
    }

    private static string Attribute(ReadOnlySpan<byte> bytes)
    {
        var name = "";
        List<string> values = [];
        for (var attribute = new ProtobufReader(bytes); attribute.Next();)
        {
            switch (attribute.Field)
            {
                case 1:
                    name = Text(attribute.Bytes);
                    break;
                case 2:
                    values.Add(MemoryMarshal.Read<float>(attribute.Bytes).ToString(CultureInfo.InvariantCulture));
                    break;
                case 3:
                    values.Add(Text((long)attribute.Value));
                    break;
                case 8:
                    values.AddRange(Numbers(attribute).Select(Text));
                    break;
                case 13 or 20 or 21:
                    break;
                default:
                    values.Add("another kind");
                    break;
            }
        }

        return $"{name}={string.Join(',', values)}";
    }

    private static (string Name, OnnxConstant Constant) Constant(ReadOnlySpan<byte> bytes)
    {
        var name = "";
        var type = 0;
        List<long> shape = [];
        byte[] data = [];
        for (var tensor = new ProtobufReader(bytes); tensor.Next();)
        {
            switch (tensor.Field)
            {
                case 1:
                    shape.AddRange(Numbers(tensor));
                    break;
                case 2:
                    type = (int)tensor.Value;
                    break;
                case 8:
                    name = Text(tensor.Bytes);
                    break;
                case 9:
                    data = tensor.Bytes.ToArray();
                    break;
                default:
                    break;
            }
        }

        return (name, new OnnxConstant(type, [.. shape], data));
    }

    /// <summary>The name and the sizes of an input or output.</summary>
    private static string Declared(ReadOnlySpan<byte> bytes)
    {
        var name = "";
        List<string> sizes = [];
        for (var value = new ProtobufReader(bytes); value.Next();)
        {
            name = value.Field == 1 ? Text(value.Bytes) : name;
            for (var type = Inner(value, 2); type.Next();)
            {
                for (var tensor = Inner(type, 1); tensor.Next();)
                {
                    if (tensor.Field == 1 && tensor.Value != OnnxConstant.Float)
                    {
                        sizes.Add("no floats");
                    }

                    for (var shape = Inner(tensor, 2); shape.Next();)
                    {
                        var size = "free";
                        for (var dimension = Inner(shape, 1); dimension.Next();)
                        {
                            size = dimension.Field == 1 ? Text((long)dimension.Value) : size;
                        }

                        sizes.Add(size);
                    }
                }
            }
        }

        return $"{name} {string.Join(',', sizes)}";
    }

    /// <summary>The message in a field, if it is the one with that number; otherwise an empty one.</summary>
    private static ProtobufReader Inner(scoped in ProtobufReader reader, int field) => new(reader.Field == field ? reader.Bytes : []);

    /// <summary>A field of a list of numbers, packed or not.</summary>
    private static List<long> Numbers(ProtobufReader field)
    {
        if (field.Bytes.IsEmpty)
        {
            return [(long)field.Value];
        }

        List<long> numbers = [];
        for (var packed = new ProtobufReader(field.Bytes); !packed.IsAtEnd;)
        {
            numbers.Add((long)packed.Number());
        }

        return numbers;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
