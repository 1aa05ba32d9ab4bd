using Microsoft.ML.OnnxRuntime;

namespace SernetStream.Models.Onnx;

/// <summary>Opens ONNX Runtime sessions the way a small machine in a home wants them.</summary>
internal static class OnnxSession
{
    public static InferenceSession Open(byte[] model, string name)
    {
        try
        {
            using var options = Options();
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new ModelException(
                ModelError.NotLoadable, $"ONNX Runtime cannot load the model {name}: {error.Message}", error);
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException)
        {
            throw new ModelException(
                ModelError.RuntimeMissing,
                "The native library of ONNX Runtime (libonnxruntime.so) could not be loaded; it belongs in "
                + "runtimes/linux-x64/native or runtimes/linux-arm64/native beside sernetd. "
                + (error.InnerException ?? error).Message,
                error);
        }
    }

    /// <summary>How every session runs.</summary>
    internal static SessionOptions Options() => new()
    {
        // One thread: a model of half a megabyte is done before a second one has woken up, and the other cores
        // of a small computer have other work.
        IntraOpNumThreads = 1,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        // With the arena, tensors of a run lie in memory that is kept. Without it each is allocated anew, and the C library keeps
        // more than the arena does. The pattern of a run, learnt to allocate it at once, costs 5 MB and no run is faster
        // (docs/developer/performance.md).
        EnableCpuMemArena = true,
        EnableMemoryPattern = false,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };
}
