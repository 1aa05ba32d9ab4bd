namespace SernetStream;

/// <summary>Work that nobody waits for, or waits for only so long.</summary>
internal static class LeftBehind
{
    /// <summary>However it ends, nobody is told: the caller has gone, or has reported what mattered.</summary>
    /// <param name="task">The work; it may still be awaited as well.</param>
    public static void LeaveBehind(this Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        task.ContinueWith(
            static ended => _ = ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
