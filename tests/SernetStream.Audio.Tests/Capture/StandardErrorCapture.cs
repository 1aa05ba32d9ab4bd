using System.Runtime.InteropServices;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>Captures what this process, native code too, writes to descriptor 2.</summary>
internal sealed class StandardErrorCapture : IDisposable
{
    private const int StandardError = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly string _path;
    private int _saved;

    public StandardErrorCapture()
    {
        _path = _folder.PathOf("errors");
        using var file = File.OpenHandle(_path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        _saved = Duplicate(StandardError);
        _ = Replace((int)file.DangerousGetHandle(), StandardError);
    }

    /// <summary>Restores the descriptor and returns the captured text.</summary>
    public string Stop()
    {
        if (_saved >= 0)
        {
            _ = Replace(_saved, StandardError);
            _ = Close(_saved);
            _saved = -1;
        }

        return File.ReadAllText(_path);
    }

    public void Dispose()
    {
        Stop();
        _folder.Dispose();
    }

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "dup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Replace(int source, int target);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(int descriptor);
}
