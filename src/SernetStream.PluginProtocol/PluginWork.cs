namespace SernetStream.PluginProtocol;

/// <summary>How code of a plugin is begun.</summary>
public static class PluginWork
{
    /// <summary>
    /// Begins it on a thread of its own, so that one that blocks before its first await takes none from the thread pool;
    /// after that it goes on there. It may be left behind.
    /// </summary>
    public static Task Begin(Func<Task> body)
    {
        var work = Task.Factory
            .StartNew(
                body,
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default)
            .Unwrap();
        work.LeaveBehind();
        return work;
    }

    /// <summary>
    /// Cancels on the thread pool: what a plugin registered with the token runs in there, and may block or throw. The source may
    /// be disposed meanwhile, if the plugin ends by itself.
    /// </summary>
    public static void Cancel(CancellationTokenSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Task.Run(source.Cancel).LeaveBehind();
    }
}
