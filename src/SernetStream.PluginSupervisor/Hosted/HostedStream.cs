using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor.Hosted;

/// <summary>An audio stream that a plugin in a host has open, with the place up to which its events were taken.</summary>
internal sealed class HostedStream(IAudioStream stream) : IAsyncDisposable
{
    private readonly SemaphoreSlim _taking = new(1);
    private IAsyncEnumerator<RoomEvent>? _heard;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> audio) => stream.WriteAsync(audio, CancellationToken.None);

    public void Complete() => stream.Complete();

    /// <summary>The next event; null after the last one.</summary>
    public async Task<RoomEvent?> TakeAsync()
    {
        await _taking.WaitAsync().ConfigureAwait(false);
        try
        {
            _heard ??= stream.Events.GetAsyncEnumerator();
            return await _heard.MoveNextAsync().ConfigureAwait(false) ? _heard.Current : null;
        }
        finally
        {
            _taking.Release();
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
