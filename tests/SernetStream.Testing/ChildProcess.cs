using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SernetStream.Testing;

/// <summary>The exit code and the output of a finished child.</summary>
public sealed record ChildResult(int ExitCode, string Output, string Errors);

/// <summary>
/// A program that a test starts. The test can wait for its lines and send it signals. Disposing it kills it.
/// </summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    /// <summary>Longer than anything takes here. It only stops a broken test from hanging.</summary>
    public static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process)
    {
        _process = process;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public IReadOnlyCollection<string> OutputLines => _output;

    public IReadOnlyCollection<string> ErrorLines => _errors;

    /// <summary>The child's standard input, when it was started with one.</summary>
    public Stream StandardInput => _process.StandardInput.BaseStream;

    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        var child = new ChildProcess(process);
        process.OutputDataReceived += (_, line) => child.Take(line.Data, child._output, child._outputEnded);
        process.ErrorDataReceived += (_, line) => child.Take(line.Data, child._errors, child._errorsEnded);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<ChildResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? patience = null)
    {
        await using var child = Start(program, arguments, environment);
        child.StandardInput.Close();
        return await child.ExitAsync(patience);
    }

    /// <summary>Waits until the child exits by itself.</summary>
    public async Task<ChildResult> ExitAsync(TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? WaitTimeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await Task.WhenAll(_outputEnded.Task, _errorsEnded.Task).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end. {Said()}");
        }

        return new ChildResult(_process.ExitCode, string.Join('\n', _output), string.Join('\n', _errors));
    }

    /// <summary>Waits for a matching line of standard output, and returns it.</summary>
    public Task<string> OutputLineAsync(Func<string, bool> fits, TimeSpan? patience = null) =>
        LineAsync(_output, fits, patience);

    /// <summary>Waits for a matching line of standard error, and returns it.</summary>
    public Task<string> ErrorLineAsync(Func<string, bool> fits, TimeSpan? patience = null) =>
        LineAsync(_errors, fits, patience);

    /// <summary>Sends SIGTERM, as a service manager does.</summary>
    public void Terminate() => Signal(15);

    /// <summary>Sends SIGHUP, as a terminal does when it is closed.</summary>
    public void HangUp() => Signal(1);

    /// <summary>Sends SIGSTOP: the child does nothing until <see cref="Thaw"/>, as if others had all of the processor.</summary>
    public void Freeze() => Signal(19);

    /// <summary>Sends SIGCONT.</summary>
    public void Thaw() => Signal(18);

    /// <summary>Sends SIGKILL: the child cannot clean up.</summary>
    public void Kill() => Signal(9);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _changed.Dispose();
    }

    private async Task<string> LineAsync(ConcurrentQueue<string> lines, Func<string, bool> fits, TimeSpan? patience)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)((patience ?? WaitTimeout).TotalSeconds * Stopwatch.Frequency);
        while (true)
        {
            var line = lines.FirstOrDefault(fits);
            if (line is not null)
            {
                return line;
            }

            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), deadline);
            var over = left <= TimeSpan.Zero || (_outputEnded.Task.IsCompleted && _errorsEnded.Task.IsCompleted);
            if (over || !await _changed.WaitAsync(left))
            {
                line = lines.FirstOrDefault(fits);
                return line ?? throw new TimeoutException(
                    $"{_process.StartInfo.FileName} never said the line that was waited for. {Said()}");
            }
        }
    }

    private void Take(string? line, ConcurrentQueue<string> lines, TaskCompletionSource ended)
    {
        if (line is null)
        {
            ended.TrySetResult();
        }
        else
        {
            lines.Enqueue(line);
        }

        try
        {
            _changed.Release();
        }
        catch (ObjectDisposedException)
        {
            // The test is over; nothing waits for this line any more.
        }
    }

    private void Signal(int signal)
    {
        if (NativeKill(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {_process.Id}.");
        }
    }

    private string Said() =>
        $"Its output:\n{string.Join('\n', _output)}\nits errors:\n{string.Join('\n', _errors)}";

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int NativeKill(int processId, int signal);
}
