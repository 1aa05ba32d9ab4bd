using System.Collections.Concurrent;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor.Hosted;

/// <summary>
/// One run of a plugin in a process of its own, as the daemon sees it. It passes the daemon's calls to the host, and
/// answers the host's calls with the context.
/// </summary>
internal sealed class HostedInstance : IEmotionPlugin, IAsyncDisposable
{
    private readonly HostProcess _process;
    private readonly PluginConnection _connection;
    private readonly PluginLimits _limits;
    private readonly ConcurrentDictionary<int, HostedStream> _streams = new();
    private readonly ConcurrentDictionary<int, IDisposable> _holds = new();
    private readonly LogRateLimit _lines = new(TimeProvider.System);
    private PluginContext? _context;
    private IAsyncEnumerator<RoomEvent>? _events;

    private HostedInstance(HostProcess process, Stream stream, PluginLimits limits)
    {
        _process = process;
        _limits = limits;
        _connection = new PluginConnection(stream, AnswerAsync);
        _process.Said = line => Say(LineLevel.Information, line);
        _connection.RunAsync().LeaveBehind();
    }

    /// <summary>Starts a host, and has it load the plugin.</summary>
    /// <exception cref="PluginException">The plugin cannot be used.</exception>
    public static async Task<HostedInstance> LaunchAsync(
        string program, LoadMessage load, PluginLimits limits, CancellationToken cancellationToken)
    {
        var (process, stream) = await HostProcess.StartAsync(program, limits, cancellationToken).ConfigureAwait(false);
        var instance = new HostedInstance(process, stream, limits);
        try
        {
            await instance.AskAsync(FrameKind.Load, MessageJson.Write(load, MessageJson.Default.LoadMessage), cancellationToken)
                .ConfigureAwait(false);
            return instance;
        }
        catch
        {
            instance.End();
            throw;
        }
    }

    /// <summary>Reads the settings as the plugin will.</summary>
    /// <exception cref="PluginException">Something is wrong with them.</exception>
    public Task CheckAsync(CancellationToken cancellationToken) => AskAsync(FrameKind.Check, default, cancellationToken);

    public async Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        await DoAsync(FrameKind.Start, cancellationToken).ConfigureAwait(false);
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        _events = events.GetAsyncEnumerator(CancellationToken.None);
        using var watched = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watching = WatchAsync(watched.Token);
        try
        {
            await DoAsync(FrameKind.Run, stop).ConfigureAwait(false);
        }
        finally
        {
            await watched.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        var disposed = AskAsync(FrameKind.Dispose, default, CancellationToken.None);
        disposed.LeaveBehind();
        try
        {
            await disposed.WaitAsync(_limits.Grace).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or IOException or RemoteException or PluginException)
        {
            // The end of the process releases whatever it still holds.
        }
        finally
        {
            End();
        }
    }

    /// <summary>Has the plugin do something; one that does not return when it is cancelled is ended with its process.</summary>
    private async Task DoAsync(FrameKind kind, CancellationToken stop)
    {
        var done = AskAsync(kind, default, CancellationToken.None);
        using var cancelled = stop.Register(() => CancelAsync(done).LeaveBehind());
        await done.ConfigureAwait(false);
    }

    private async Task CancelAsync(Task done)
    {
        var told = _connection.TellAsync(FrameKind.Cancel);
        await Task.WhenAny(done, Task.Delay(_limits.Grace)).ConfigureAwait(false);
        if (!done.IsCompleted)
        {
            _process.Kill();
        }

        await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AskAsync(FrameKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        try
        {
            await _connection.AskAsync(kind, payload, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw new IOException(await _process.EndAsync().ConfigureAwait(false));
        }
    }

    /// <summary>A process that is stopped, or of which no thread is free, does not even answer.</summary>
    private async Task WatchAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Task answered = _connection.AskAsync(FrameKind.Ping, cancellationToken: stop);
            answered.LeaveBehind();
            await Task.WhenAny(answered, Task.Delay(_limits.Take, stop)).ConfigureAwait(false);
            if (!answered.IsCompleted && !stop.IsCancellationRequested)
            {
                _process.Kill($"its process did not answer for {_limits.Take.TotalSeconds:0.#} s");
                return;
            }

            await answered.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(_limits.Take / 4, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Take:
                return await _events!.MoveNextAsync().ConfigureAwait(false) ? Written(_events.Current) : default;
            case FrameKind.OpenStream:
                var format = MessageJson.Read(frame.Payload, MessageJson.Default.StreamMessage);
                _streams[frame.Target] = new HostedStream(
                    _context!.OpenStream(new AudioFormat(format.Rate, format.Width, format.Channels)));
                return default;
            case FrameKind.Audio:
                await StreamOf(frame).WriteAsync(frame.Payload).ConfigureAwait(false);
                return default;
            case FrameKind.CompleteStream:
                (_streams.GetValueOrDefault(frame.Target))?.Complete();
                return default;
            case FrameKind.TakeHeard:
                return await StreamOf(frame).TakeAsync().ConfigureAwait(false) is { } heard ? Written(heard) : default;
            case FrameKind.CloseStream when _streams.TryRemove(frame.Target, out var stream):
                await stream.DisposeAsync().ConfigureAwait(false);
                return default;
            case FrameKind.Hold:
                var reason = MessageJson.Read(frame.Payload, MessageJson.Default.LogMessage).Text;
                _holds[frame.Target] = _context!.HoldMicrophone(reason);
                return default;
            case FrameKind.Release when _holds.TryRemove(frame.Target, out var hold):
                hold.Dispose();
                return default;
            case FrameKind.Log:
                var line = MessageJson.Read(frame.Payload, MessageJson.Default.LogMessage);
                Say(line.Level, line.Text);
                return default;
            default:
                return default;
        }
    }

    private HostedStream StreamOf(Frame frame) => _streams.TryGetValue(frame.Target, out var stream)
        ? stream
        : throw new InvalidOperationException("The stream is closed.");

    private static byte[] Written(RoomEvent heard) => MessageJson.Write(HeardMessage.Of(heard), MessageJson.Default.HeardMessage);

    private void Say(LineLevel level, string text)
    {
        if (_context is null || !_lines.TryTake(out var leftOut))
        {
            return;
        }

        SayLeftOut(leftOut);
        switch (level)
        {
            case LineLevel.Debug:
                _context.Log.Debug(text);
                break;
            case LineLevel.Information:
                _context.Log.Information(text);
                break;
            case LineLevel.Warning:
                _context.Log.Warning(text);
                break;
            default:
                _context.Log.Error(text);
                break;
        }
    }

    private void SayLeftOut(int lines)
    {
        if (lines > 0)
        {
            _context?.Log.Warning($"it writes too many lines: {lines} were left out.");
        }
    }

    private void End()
    {
        _process.Kill();
        SayLeftOut(_lines.TakeLeftOut());
        _connection.Dispose();
        _process.Dispose();
    }
}
