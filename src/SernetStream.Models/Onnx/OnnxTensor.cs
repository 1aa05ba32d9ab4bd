using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SernetStream.Native;

namespace SernetStream.Models.Onnx;

/// <summary>
/// A tensor of ONNX Runtime over memory of ours: the one way in which this assembly gives it any. Its reductions add in another
/// order where the memory does not begin at a multiple of 16, and an int8 model turns that into up to 0.001 of a probability.
/// </summary>
/// <typeparam name="T"><see langword="float"/> or <see langword="long"/>.</typeparam>
internal sealed class OnnxTensor<T> : IDisposable
    where T : unmanaged
{
    public OnnxTensor(params long[] shape)
    {
        Memory = new AlignedBuffer<T>(checked((int)shape.Aggregate(1L, (product, size) => product * size)));
        Value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance,
            typeof(T) == typeof(long) ? TensorElementType.Int64 : TensorElementType.Float,
            shape,
            Memory.Address,
            Memory.ByteLength);
    }

    public AlignedBuffer<T> Memory { get; }

    public Span<T> Span => Memory.Span;

    public OrtValue Value { get; }

    public void Dispose()
    {
        Value.Dispose();
        Memory.Dispose();
    }
}
