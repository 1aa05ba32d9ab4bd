using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace SernetStream.Audio.Network;

/// <summary>
/// A program that writes sound into a pipe. What is secret comes over its standard input: so a password is in no argument,
/// and the list of processes does not show it.
/// </summary>
/// <remarks>
/// It ends with the daemon: an orderly exit kills it, and one that is killed breaks the pipe, so that the program ends at
/// its next sample, or at its own time limit.
/// </remarks>
internal sealed class ChildProgram : IDisposable
{
    private const int KeptLines = 20;

    /// <summary>A process that was killed is gone at once, unless the system is busy.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(1);

    private static readonly Lock Gate = new();
    private static readonly HashSet<ChildProgram> Running = [];

    private readonly Process _process;
    private readonly Func<string, bool> _isKept;
    private readonly Queue<string> _lines = new();

    static ChildProgram()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillAll();
    }

    private ChildProgram(Process process, Func<string, bool>? isKept)
    {
        (_process, _isKept) = (process, isKept ?? (_ => true));
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
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments, never through a shell.</param>
    /// <param name="input">What it reads from its standard input; the only place for secrets.</param>
    /// <param name="isKept">Sees each line that it says, at once, and says whether it is kept for <see cref="End"/>.</param>
    /// <exception cref="Win32Exception">It is not installed, or cannot be started.</exception>
    public static ChildProgram Start(string program, IEnumerable<string> arguments, string input = "", Func<string, bool>? isKept = null)
    {
        var start = new ProcessStartInfo(program, arguments)
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
        var child = new ChildProgram(Process.Start(start)!, isKept);
        child.Tell(input);
        return child;
    }

    /// <summary>Waits for its end, killing it if need be.</summary>
    /// <returns>The last lines that it said; they may hold the address.</returns>
    public IReadOnlyList<string> End(TimeSpan limit) => EndAsync(limit).GetAwaiter().GetResult();

    /// <inheritdoc cref="End"/>
    public async Task<IReadOnlyList<string>> EndAsync(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
        }

        try
        {
            // It waits for the last line as well.
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // Disposed meanwhile: nobody asks any more.
        }

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

        // When the source is closed, its program is gone: no camera still serves it, and no list of processes still has it.
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

    private void Tell(string input)
    {
        try
        {
            _process.StandardInput.Write(input);
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
            if (!string.IsNullOrWhiteSpace(line) && _isKept(line))
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
