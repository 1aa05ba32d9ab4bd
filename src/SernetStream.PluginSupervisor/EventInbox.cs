using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor;

/// <summary>The bounded queue of one run of a plugin. It knows for how long the plugin has taken nothing.</summary>
internal sealed class EventInbox
{
    private readonly Channel<RoomEvent> _queue;
    private long _lastTaken = Stopwatch.GetTimestamp();
    private long _taken;

    public EventInbox(int length)
    {
        _queue = Channel.CreateBounded<RoomEvent>(
            new BoundedChannelOptions(length) { FullMode = BoundedChannelFullMode.Wait });
    }

    /// <summary>Events the plugin took.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Events that wait to be taken.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>For how long something has been waiting that the plugin does not take; zero when nothing waits.</summary>
    public TimeSpan StalledFor => Waiting == 0
        ? TimeSpan.Zero
        : Stopwatch.GetElapsedTime(Volatile.Read(ref _lastTaken));

    /// <summary>Waits for room, then queues. False when the run is over.</summary>
    public async ValueTask<bool> PostAsync(RoomEvent heard, CancellationToken cancellationToken)
    {
        while (!TryPost(heard))
        {
            if (!await _queue.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>The plugin's end of the queue.</summary>
    public async IAsyncEnumerable<RoomEvent> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var heard in _queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Increment(ref _taken);
            Volatile.Write(ref _lastTaken, Stopwatch.GetTimestamp());
            yield return heard;
        }
    }

    private bool TryPost(RoomEvent heard)
    {
        // A plugin that was idle has taken nothing for long, and yet does not stall: its time runs from now on.
        if (Waiting == 0)
        {
            Volatile.Write(ref _lastTaken, Stopwatch.GetTimestamp());
        }

        return _queue.Writer.TryWrite(heard);
    }
}
