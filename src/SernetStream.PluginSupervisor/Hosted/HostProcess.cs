using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SernetStream.PluginProtocol;

namespace SernetStream.PluginSupervisor.Hosted;

/// <summary>
/// A running <c>sernet-plugin-host</c> and the connection to it: a Unix socket without a file, on which only the process
/// that knows the secret is listened to.
/// </summary>
internal sealed class HostProcess : IDisposable
{
    private const int SecretBytes = 32;
    private const int LongestLine = 1024;

    // Enough for .NET itself and for what a plugin maps.
    private const long RuntimeBytes = 128L << 20;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly Process _process;
    private readonly PluginLimits _limits;
    private readonly CancellationTokenSource _end = new();
    private volatile string? _killed;

    private HostProcess(Process process, PluginLimits limits)
    {
        _process = process;
        _limits = limits;
    }

    /// <summary>Takes what the process writes to standard output and standard error, a line at a time.</summary>
    public Action<string>? Said { get; set; }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a host, and waits until it has connected.</summary>
    /// <exception cref="IOException">It ended before it did.</exception>
    public static async Task<(HostProcess Process, Stream Connection)> StartAsync(
        string program, PluginLimits limits, CancellationToken cancellationToken)
    {
        var address = $"sernet-plugin-{Environment.ProcessId}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint('\0' + address));
        listener.Listen();
        var host = new HostProcess(Process.Start(Description(program, limits))!, limits);
        try
        {
            host.Listen();
            await host._process.StandardInput.WriteLineAsync(address).ConfigureAwait(false);
            await host._process.StandardInput.WriteLineAsync(secret).ConfigureAwait(false);
            host._process.StandardInput.Close();
            var connection = await host.AcceptAsync(listener, secret, cancellationToken).ConfigureAwait(false);
            _ = host.WatchMemoryAsync();
            return (host, connection);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>
    /// How it ended, as the end of a sentence. One that no longer answers and does not end is killed.
    /// </summary>
    public async Task<string> EndAsync()
    {
        using var limit = new CancellationTokenSource(EndLimit);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
        {
            Kill("its process closed the connection");
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        return _killed ?? _process.ExitCode switch
        {
            > 128 and var code => $"its process was ended by signal {code - 128} ({SignalName(code - 128)})",
            var code => $"its process ended by itself with exit code {code}",
        };
    }

    /// <summary>Ends it at once, with all that it started.</summary>
    public void Kill(string? reason = null)
    {
        _killed ??= reason;
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended by itself.
        }
    }

    public void Dispose()
    {
        Kill();
        _end.Cancel();
        _process.Dispose();
    }

    private static ProcessStartInfo Description(string program, PluginLimits limits)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Variables that configure or watch the daemon are not for other people's code.
        foreach (var name in start.Environment.Keys.Where(IsOurs).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = limits.HeapBytes.ToString("X", CultureInfo.InvariantCulture);
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            // The daemon itself was started by dotnet: the same .NET is good for its host.
            start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        }

        return start;
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("SERNET_", StringComparison.Ordinal) || name is "NOTIFY_SOCKET" or "WATCHDOG_USEC" or "WATCHDOG_PID";

    private void Listen()
    {
        _ = ReadAsync(_process.StandardOutput);
        _ = ReadAsync(_process.StandardError);
    }

    /// <summary>Reads line by line; one without an end is cut, so that it takes no memory without end.</summary>
    private async Task ReadAsync(StreamReader reader)
    {
        var buffer = new char[LongestLine];
        var filled = 0;
        try
        {
            while (await reader.ReadAsync(buffer.AsMemory(filled), _end.Token).ConfigureAwait(false) is var read and > 0)
            {
                filled += read;
                filled = SayLines(buffer, filled);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The process has ended.
        }
    }

    /// <summary>Logs the complete lines, moves the rest to the start, and returns its length.</summary>
    private int SayLines(char[] buffer, int filled)
    {
        var start = 0;
        while (Array.IndexOf(buffer, '\n', start, filled - start) is var end and >= 0)
        {
            Say(buffer.AsSpan(start..end));
            start = end + 1;
        }

        if (start == 0 && filled == buffer.Length)
        {
            Say(buffer);
            return 0;
        }

        buffer.AsSpan(start..filled).CopyTo(buffer);
        return filled - start;
    }

    private void Say(ReadOnlySpan<char> line)
    {
        if (!line.IsWhiteSpace())
        {
            Said?.Invoke(line.TrimEnd().ToString());
        }
    }

    private async Task<Stream> AcceptAsync(Socket listener, string secret, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = _process.WaitForExitAsync(waiting.Token);
        try
        {
            while (true)
            {
                var accepting = listener.AcceptAsync(waiting.Token).AsTask();
                accepting.LeaveBehind();
                if (await Task.WhenAny(accepting, ended).ConfigureAwait(false) == ended)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    throw new IOException(await EndAsync().ConfigureAwait(false));
                }

                var stream = new NetworkStream(await accepting.ConfigureAwait(false), ownsSocket: true);
                if (await KnowsAsync(stream, secret, waiting.Token).ConfigureAwait(false))
                {
                    return stream;
                }

                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await waiting.CancelAsync().ConfigureAwait(false);
        }
    }

    private static async Task<bool> KnowsAsync(Stream stream, string secret, CancellationToken cancellationToken)
    {
        try
        {
            return await Frame.ReadAsync(stream, cancellationToken).ConfigureAwait(false) is { Kind: FrameKind.Hello, Payload: var said }
                && CryptographicOperations.FixedTimeEquals(said.Span, Encoding.ASCII.GetBytes(secret));
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Kills a process that uses too much memory: its heap, and also what its native code allocates.</summary>
    private async Task WatchMemoryAsync()
    {
        var most = _limits.HeapBytes + RuntimeBytes;
        var statistics = $"/proc/{_process.Id}/statm";
        using var ticks = new Ticks(WatchInterval, TimeProvider.System, _end.Token);
        try
        {
            while (await ticks.NextAsync().ConfigureAwait(false) && File.Exists(statistics))
            {
                var text = await File.ReadAllTextAsync(statistics, CancellationToken.None).ConfigureAwait(false);
                var pages = long.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture);
                if (pages * Environment.SystemPageSize > most)
                {
                    Kill($"its process used {pages * Environment.SystemPageSize >> 20} MB of memory; the limit is {most >> 20}");
                    return;
                }
            }
        }
        catch (Exception error) when (error is IOException or IndexOutOfRangeException or FormatException)
        {
            // It has ended.
        }
    }

    private static string SignalName(int signal) => signal switch
    {
        4 => "illegal instruction",
        6 => "abort",
        7 => "bus error",
        8 => "arithmetic error",
        9 => "kill",
        11 => "segmentation fault",
        15 => "terminate",
        _ => "signal(7) names it",
    };
}
