using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SernetStream.Native;

namespace SernetStream.Models.Onnx;

/// <summary>
/// Microsoft's builds of ONNX Runtime report home: since 1.29 on Linux too, where they keep a device id and a database of
/// events in <c>~/.cache/Microsoft</c> and upload them. Its documentation's switch, <c>ORT_DISABLE_TELEMETRY=1</c>, is
/// read once by native code when the runtime starts, so it must stand in the environment of the C library:
/// <see cref="Environment.SetEnvironmentVariable(string, string?)"/> changes a copy that native code never sees, and the
/// binding's <c>DisableTelemetryEvents</c> comes when the store has been opened.
/// </summary>
internal static class OnnxTelemetry
{
    private const string Switch = "ORT_DISABLE_TELEMETRY";

    /// <summary>Switches it off for this process, before anything of this assembly can call ONNX Runtime.</summary>
    /// <exception cref="InvalidOperationException">It could not be switched off.</exception>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Whoever uses this library must not be able to forget it, or to be too late.")]
    internal static void SwitchOff()
    {
        Environment.SetEnvironmentVariable(Switch, "1");
        if (!OperatingSystem.IsWindows() && LibcNative.SetEnvironment(Switch, "1", overwrite: 1) != 0)
        {
            throw new InvalidOperationException($"{Switch} could not be set; without it, ONNX Runtime would report to Microsoft.");
        }
    }
}
