using Microsoft.ML.OnnxRuntime;
using SernetStream.Models.Onnx;

namespace SernetStream.Models.Tests;

public class OnnxSessionTests
{
    /// <summary>Each was measured (docs/developer/performance.md): other memory settings cost up to 7 MB and no run is faster.</summary>
    [Fact]
    public void A_session_runs_on_one_thread_and_in_the_least_memory()
    {
        using var options = OnnxSession.Options();
        Assert.Equal((1, 1, ExecutionMode.ORT_SEQUENTIAL), (options.IntraOpNumThreads, options.InterOpNumThreads, options.ExecutionMode));
        Assert.Equal((true, false), (options.EnableCpuMemArena, options.EnableMemoryPattern));
    }
}
