using System.Diagnostics.CodeAnalysis;

namespace SernetStream.Pipeline.Classifier;

/// <summary>
/// Hands the newest of something from one thread to another: it holds one item, and a newer one takes the place of one
/// that was not taken in time. Waiting allocates nothing.
/// </summary>
internal sealed class LatestMailbox<T>
    where T : class
{
    private readonly object _gate = new();
    private T? _item;
    private bool _completed;

    /// <summary>Puts an item in, and returns the one it displaced, if any.</summary>
    public T? Post(T item)
    {
        lock (_gate)
        {
            var displaced = _item;
            _item = item;
            Monitor.Pulse(_gate);
            return displaced;
        }
    }

    /// <summary>Waits for an item; false once the mailbox is complete and empty.</summary>
    public bool TryTake([NotNullWhen(true)] out T? item)
    {
        lock (_gate)
        {
            while (_item is null && !_completed)
            {
                Monitor.Wait(_gate);
            }

            item = _item;
            _item = null;
            return item is not null;
        }
    }

    /// <summary>Nothing more will come; an item still inside can be taken.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.Pulse(_gate);
        }
    }
}
