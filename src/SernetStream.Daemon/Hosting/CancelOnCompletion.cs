namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Cancels a source when something has happened. Dispose this before the source: it then no longer uses it.
/// </summary>
internal sealed class CancelOnCompletion : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;

    /// <param name="passed">What is waited for; how it ends does not matter.</param>
    /// <param name="stop">What is cancelled then.</param>
    public CancelOnCompletion(Task passed, CancellationTokenSource stop) => _watching = WatchAsync(passed, stop);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _over.Dispose();
    }

    private async Task WatchAsync(Task passed, CancellationTokenSource stop)
    {
        await passed.WaitAsync(_over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_over.IsCancellationRequested)
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }
}
