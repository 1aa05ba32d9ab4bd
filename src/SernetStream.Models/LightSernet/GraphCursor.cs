using SernetStream.Models.Onnx;

namespace SernetStream.Models.LightSernet;

/// <summary>A graph is not the one that is looked for.</summary>
internal sealed class OtherNetworkException : Exception
{
    /// <inheritdoc cref="OtherNetworkException"/>
    public OtherNetworkException()
    {
    }

    /// <inheritdoc cref="OtherNetworkException"/>
    public OtherNetworkException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="OtherNetworkException"/>
    public OtherNetworkException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Goes through a graph, node by node, as long as it is the one that is looked for.</summary>
internal sealed class GraphCursor(OnnxGraph graph)
{
    private int _next;

    /// <summary>Whether all nodes were taken.</summary>
    public bool IsAtEnd => _next == graph.Nodes.Count;

    /// <summary>What the next node is.</summary>
    public string Next => IsAtEnd ? "" : graph.Nodes[_next].Operator;

    /// <summary>Its attributes.</summary>
    public string NextAttributes => IsAtEnd ? "" : graph.Nodes[_next].Attributes;

    /// <summary>Sizes of the first constant that it reads; empty: of none.</summary>
    public long[] NextShape => IsAtEnd ? [] : graph.Nodes[_next].Inputs
        .Select(name => graph.Constants.GetValueOrDefault(name)?.Shape)
        .FirstOrDefault(shape => shape is not null) ?? [];

    /// <summary>Takes the next node.</summary>
    /// <param name="kind">What it must be.</param>
    /// <param name="attributes">What its attributes must be; see <see cref="OnnxNode"/>.</param>
    /// <param name="inputs">What it must read: tensors; null for a constant; "" for none.</param>
    /// <returns>The node; its first output is its result.</returns>
    /// <exception cref="OtherNetworkException">It is not that.</exception>
    public OnnxNode Take(string kind, string attributes, params ReadOnlySpan<string?> inputs)
    {
        Require(!IsAtEnd);
        var node = graph.Nodes[_next++];
        Require(node.Operator == kind && node.Attributes == attributes && node.Inputs.Length == inputs.Length && node.Outputs.Length == 1);
        for (var i = 0; i < inputs.Length; i++)
        {
            Require(inputs[i] is { } name ? node.Inputs[i] == name && !graph.Constants.ContainsKey(name) : graph.Constants.ContainsKey(node.Inputs[i]));
        }

        return node;
    }

    /// <summary>As <see cref="Take"/>; gives the result's name.</summary>
    public string Result(string kind, string attributes, params ReadOnlySpan<string?> inputs) => Take(kind, attributes, inputs).Outputs[0];

    /// <summary>A constant that a node reads.</summary>
    /// <exception cref="OtherNetworkException">It has another type or shape.</exception>
    public float[] Floats(string name, params ReadOnlySpan<long> shape) => Numbers<float>(name, OnnxConstant.Float, shape);

    /// <inheritdoc cref="Floats"/>
    public float Float(string name)
    {
        var constant = graph.Constants.GetValueOrDefault(name);
        Require(constant is { Type: OnnxConstant.Float, Bytes.Length: sizeof(float) });
        return constant!.As<float>()[0];
    }

    /// <inheritdoc cref="Floats"/>
    public sbyte[] SignedBytes(string name, params ReadOnlySpan<long> shape) => Numbers<sbyte>(name, OnnxConstant.SignedByte, shape);

    /// <inheritdoc cref="Floats"/>
    public int[] Ints(string name, params ReadOnlySpan<long> shape) => Numbers<int>(name, OnnxConstant.Int, shape);

    /// <summary>Requires that constants are just this number of 64 bits each.</summary>
    public void RequireLongs(OnnxNode node, params ReadOnlySpan<long> values)
    {
        Require(node.Inputs.Length == values.Length + 1);
        for (var i = 0; i < values.Length; i++)
        {
            Require(Numbers<long>(node.Inputs[i + 1], OnnxConstant.Long, [1])[0] == values[i]);
        }
    }

    /// <summary>Requires that a constant of 8 bits is zero.</summary>
    public void RequireZero(string name, int type)
    {
        var constant = graph.Constants.GetValueOrDefault(name);
        Require(constant?.Type == type && !constant.Bytes.AsSpan().ContainsAnyExcept((byte)0));
    }

    /// <summary>Requires what makes a graph the one that is looked for.</summary>
    /// <exception cref="OtherNetworkException">It is not so.</exception>
    public static void Require(bool holds)
    {
        if (!holds)
        {
            throw new OtherNetworkException();
        }
    }

    private T[] Numbers<T>(string name, int type, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        var constant = graph.Constants.GetValueOrDefault(name);
        Require(constant?.Type == type && shape.SequenceEqual(constant.Shape));
        var numbers = constant!.As<T>();
        Require(numbers.Length == shape.ToArray().Aggregate(1L, (product, size) => product * size));
        return numbers;
    }
}
