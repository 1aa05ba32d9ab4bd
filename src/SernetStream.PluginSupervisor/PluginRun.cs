using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor;

/// <summary>How a run of a plugin ended.</summary>
internal enum RunEnding
{
    /// <summary>It was asked to, and did.</summary>
    Finished,

    /// <summary>It threw, returned early, or had to be cancelled: another start may help.</summary>
    Failed,

    /// <summary>The plugin says that it can never work with this configuration.</summary>
    Refused,

    /// <summary>It could not even be cancelled: something of it still runs.</summary>
    Hung,
}

/// <summary>How a run ended, and why.</summary>
internal sealed record RunEnd(RunEnding Ending, string Reason, Exception? Error = null);

/// <summary>
/// One life of one plugin: an instance with its queue and its context. Nothing of the plugin is ever waited for without
/// a limit, and its code begins on threads of its own, so that one that blocks before its first await takes no thread from anybody.
/// </summary>
internal sealed class PluginRun(
    Func<CancellationToken, Task<IEmotionPlugin>> create, RunContext context, PluginLimits limits, TimeSpan kill) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private IEmotionPlugin? _plugin;

    public EventInbox Inbox { get; } = new(limits.QueueLength);

    public int OpenStreams => context.OpenStreams;

    /// <summary>
    /// Starts the plugin and keeps it running until it ends, or is asked to by <paramref name="stop"/>: then it finishes
    /// what it has, for which the limits hold from <paramref name="hurry"/> on.
    /// </summary>
    /// <param name="made">Called when there is an instance, before it is started.</param>
    /// <param name="started">Called when it has started.</param>
    /// <param name="stop">Asks it to finish.</param>
    /// <param name="hurry">From now on the limits hold.</param>
    public async Task<RunEnd> ExecuteAsync(Action made, Action started, CancellationToken stop, CancellationToken hurry)
    {
        var end = await WithinAsync(MakeAsync, limits.Host, "its host did not load it", hurry).ConfigureAwait(false);
        if (end is null)
        {
            made();
            end = await WithinAsync(() => _plugin!.StartAsync(context, _cancel.Token), limits.Start, "it did not start", hurry)
                .ConfigureAwait(false);
        }

        if (end is null)
        {
            started();
            end = await WorkAsync(stop, hurry).ConfigureAwait(false);
        }

        Inbox.Complete();
        return await CleanUpAsync(end).ConfigureAwait(false);
    }

    /// <summary>Only after a run that did not hang: one that hangs may still read its token.</summary>
    public void Dispose() => _cancel.Dispose();

    private async Task MakeAsync() => _plugin = await create(_cancel.Token).ConfigureAwait(false);

    /// <summary>Has it do something that must end soon; null if it does.</summary>
    private async Task<RunEnd?> WithinAsync(Func<Task> body, TimeSpan limit, string failure, CancellationToken hurry)
    {
        var task = PluginWork.Begin(body);
        if (await EndsWithinAsync(task, limit, hurry).ConfigureAwait(false))
        {
            return EndOf(task);
        }

        var reason = hurry.IsCancellationRequested
            ? "it was still starting"
            : $"{failure} within {limit.TotalSeconds:0.#} s";
        return await CancelAsync(task).ConfigureAwait(false)
            ? new RunEnd(hurry.IsCancellationRequested ? RunEnding.Finished : RunEnding.Failed, reason)
            : new RunEnd(RunEnding.Hung, reason);
    }

    private async Task<RunEnd> WorkAsync(CancellationToken stop, CancellationToken hurry)
    {
        var work = PluginWork.Begin(() => _plugin!.RunAsync(Inbox.ReadAllAsync(), _cancel.Token));
        string reason;
        if (await WatchAsync(work, stop).ConfigureAwait(false))
        {
            reason = $"it took no event for {limits.Take.TotalSeconds:0.#} s";
        }
        else if (work.IsCompleted && !stop.IsCancellationRequested)
        {
            return EndOf(work) ?? new RunEnd(RunEnding.Failed, "it ended by itself");
        }
        else
        {
            Inbox.Complete();
            if (await EndsWithinAsync(work, Timeout.InfiniteTimeSpan, hurry).ConfigureAwait(false)
                || await EndsWithinAsync(work, limits.Stop, CancellationToken.None).ConfigureAwait(false))
            {
                return EndOf(work) ?? new RunEnd(RunEnding.Finished, "");
            }

            reason = $"it did not finish within {limits.Stop.TotalSeconds:0.#} s";
        }

        return await CancelAsync(work).ConfigureAwait(false)
            ? new RunEnd(stop.IsCancellationRequested ? RunEnding.Finished : RunEnding.Failed, reason)
            : new RunEnd(RunEnding.Hung, reason);
    }

    /// <summary>Waits until the work ends or must stop (false), or hangs (true).</summary>
    private async Task<bool> WatchAsync(Task work, CancellationToken stop)
    {
        var interval = limits.Take / 8;
        while (!await EndsWithinAsync(work, interval, stop).ConfigureAwait(false) && !stop.IsCancellationRequested)
        {
            if (Inbox.StalledFor > limits.Take)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> CancelAsync(Task task)
    {
        PluginWork.Cancel(_cancel);
        return await EndsWithinAsync(task, limits.Grace + kill, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<RunEnd> CleanUpAsync(RunEnd end)
    {
        var disposed = PluginWork.Begin(async () =>
        {
            await context.DisposeAsync().ConfigureAwait(false);
            if (_plugin is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (_plugin as IDisposable)?.Dispose();
            }
        });

        // Only the daemon's shutdown is urgent.
        var limit = (end.Ending == RunEnding.Finished ? limits.Grace : limits.Start) + kill;
        if (!await EndsWithinAsync(disposed, limit, CancellationToken.None).ConfigureAwait(false))
        {
            return end.Ending == RunEnding.Finished
                ? end with { Reason = "it was still releasing its resources" }
                : end with { Ending = RunEnding.Hung };
        }

        return EndOf(disposed) is { } failure && end.Ending == RunEnding.Finished ? failure : end;
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, CancellationToken stop)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timer.CancelAfter(limit);
        await task.WaitAsync(timer.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    private static RunEnd? EndOf(Task task) => task switch
    {
        { IsCanceled: true } => new RunEnd(RunEnding.Failed, "it was cancelled"),
        { Exception.InnerException: PluginException refusal } => new RunEnd(RunEnding.Refused, refusal.Message, refusal),
        { Exception.InnerException: RemoteException error } => new RunEnd(RunEnding.Failed, error.Message, error),
        { Exception.InnerException: IOException { InnerException: null } error } => new RunEnd(RunEnding.Failed, error.Message, error),
        { Exception.InnerException: { } error } => new RunEnd(RunEnding.Failed, $"{error.GetType().Name}: {error.Message}", error),
        _ => null,
    };
}
