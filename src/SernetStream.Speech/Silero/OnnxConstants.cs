using System.Text;
using SernetStream.Models.Onnx;

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
