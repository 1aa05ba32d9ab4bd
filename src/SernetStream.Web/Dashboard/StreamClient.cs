using System.Threading.Channels;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// One open dashboard: a queue of fixed length, in which the newest wins. A browser that does not read costs its queue
/// and nothing more; when it reads again, it learns that it has missed something.
/// </summary>
internal sealed class StreamClient
{
    /// <summary>About five seconds of messages.</summary>
    public const int QueueLength = 64;

    private readonly Channel<byte[]> _queue;
    private long _dropped;
    private int _hasMissed;

    public StreamClient()
    {
        _queue = Channel.CreateBounded(
            new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            (byte[] _) =>
            {
                Interlocked.Increment(ref _dropped);
                Volatile.Write(ref _hasMissed, 1);
            });
    }

    /// <summary>What is to be sent.</summary>
    public ChannelReader<byte[]> Messages => _queue.Reader;

    /// <summary>Messages that gave way to newer ones.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Never waits.</summary>
    public void Post(byte[] message) => _queue.Writer.TryWrite(message);

    /// <summary>Nothing more will come.</summary>
    public void End() => _queue.Writer.TryComplete();

    /// <summary>Whether something was dropped since this was asked last.</summary>
    public bool TakeMissed() => Interlocked.Exchange(ref _hasMissed, 0) == 1;
}
