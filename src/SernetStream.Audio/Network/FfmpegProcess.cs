using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>
/// An <c>ffmpeg</c> that writes a WAV stream into a pipe. What it is to read comes over its standard input, as a list of
/// one entry: so an address with its password is in no argument, and the list of processes does not show it.
/// </summary>
/// <remarks>
/// It ends with the daemon: an orderly exit kills it, and one that is killed breaks the pipe, so that ffmpeg ends at its
/// next sample, or at its own time limit.
/// </remarks>
internal sealed class FfmpegProcess : IDisposable
{
    private const int KeptLines = 20;

    /// <summary>A process that was killed is gone at once, unless the system is busy.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(1);

    private static readonly Lock Gate = new();
    private static readonly HashSet<FfmpegProcess> Running = [];

    private readonly Process _process;
    private readonly Queue<string> _lines = new();

    static FfmpegProcess()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillAll();
    }

    private FfmpegProcess(Process process)
    {
        _process = process;
        lock (Gate)
        {
            Running.Add(this);
        }

        var pipe = ((PipeStream)process.StandardOutput.BaseStream).SafePipeHandle;
        Output = new SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>The pipe that it writes into. Valid until this is disposed.</summary>
    public SafeFileHandle Output { get; }

    /// <summary>Starts it.</summary>
    /// <param name="input">Options of the input, in front of the list.</param>
    /// <param name="list">The list; the only place for secrets.</param>
    /// <exception cref="AudioDeviceException">It is not installed, or cannot be started.</exception>
    public static FfmpegProcess Start(IEnumerable<string> input, string list)
    {
        string[] arguments =
        [
            "-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning", "-threads", "1", .. input,
            "-safe", "0", "-f", "concat", "-i", "pipe:0",
            "-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "wav", "-bitexact", "-flush_packets", "1", "pipe:1",
        ];
        var start = new ProcessStartInfo("ffmpeg", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // FFREPORT would write a log with the address; the other variables are the daemon's own, secrets among them.
        foreach (var name in start.Environment.Keys.Where(IsWithheld).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        try
        {
            var child = new FfmpegProcess(Process.Start(start)!);
            child.Tell(list);
            return child;
        }
        catch (Win32Exception error)
        {
            throw new AudioDeviceException(
                AudioDeviceError.ProgramMissing,
                $"ffmpeg, which decodes what comes over the network, cannot be started: {error.Message}. Install it: sudo apt install ffmpeg",
                error);
        }
    }

    /// <summary>Waits for its end, killing it if need be.</summary>
    /// <returns>The last lines that it said; they may hold the address.</returns>
    public IReadOnlyList<string> End(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
        {
            Kill();
        }

        // Without a limit, it waits for the last line as well.
        _process.WaitForExit();
        lock (_lines)
        {
            return [.. _lines];
        }
    }

    /// <summary>Ends it at once. Any thread.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            if (!Running.Remove(this))
            {
                return;
            }
        }

        // When the source is closed, its ffmpeg is gone: no camera still serves it, and no list of processes still has it.
        Kill();
        _process.WaitForExit(EndTimeout);
        Output.Dispose();
        _process.Dispose();
    }

    private static bool IsWithheld(string name) =>
        name.StartsWith("SERNET_", StringComparison.Ordinal) || name is "FFREPORT" or "NOTIFY_SOCKET" or "WATCHDOG_USEC" or "WATCHDOG_PID";

    private static void KillAll()
    {
        lock (Gate)
        {
            foreach (var child in Running)
            {
                child.Kill();
            }
        }
    }

    private void Tell(string list)
    {
        try
        {
            _process.StandardInput.Write(list);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already; its lines say why.
        }
    }

    private void Keep(string? line)
    {
        lock (_lines)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                _lines.Enqueue(line);
            }

            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }
    }
}
