namespace SernetStream.Publishing;

/// <summary>What waits for a publisher: an event or, where there is none, a change of speech.</summary>
internal readonly record struct PublisherItem(EmotionEvent? Event, bool Speaking)
{
    /// <summary>Where it was heard; empty: speech is that of all rooms.</summary>
    public string Room => Event?.Node ?? "";
}

/// <summary>
/// What waits for one publisher, oldest first. It is bounded, for writers that wait and for writers that may not; those share its
/// places fairly among the rooms that they write for. Any thread may write; one reads.
/// </summary>
/// <param name="places">How much may wait.</param>
internal sealed class PublisherQueue(int places)
{
    private readonly List<PublisherItem> _items = new(places);
    private readonly Shares _shares = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _filled;
    private TaskCompletionSource? _freed;
    private bool _isComplete;

    /// <summary>Adds without waiting. Where the queue is full, the room that has most in it loses its oldest.</summary>
    /// <returns>What is lost: null, if nothing is; the item itself, after the end.</returns>
    public PublisherItem? Push(PublisherItem item)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return item;
            }

            PublisherItem? lost = _items.Count < places ? null : RemoveAt(OldestOfLargest());
            Append(item);
            return lost;
        }
    }

    /// <summary>Waits for room, then adds.</summary>
    /// <returns>False: the end has come.</returns>
    public async ValueTask<bool> AddAsync(PublisherItem item, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task freed;
            lock (_gate)
            {
                if (_isComplete)
                {
                    return false;
                }

                if (_items.Count < places)
                {
                    Append(item);
                    return true;
                }

                freed = Next(ref _freed);
            }

            await freed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the oldest; null when there is none.</summary>
    public PublisherItem? TryTake()
    {
        lock (_gate)
        {
            if (_items.Count == 0)
            {
                return null;
            }

            Wake(ref _freed);
            return RemoveAt(0);
        }
    }

    /// <summary>Waits for something, and takes the oldest; null after the end, once nothing is left.</summary>
    public async ValueTask<PublisherItem?> TakeAsync()
    {
        while (true)
        {
            Task filled;
            lock (_gate)
            {
                if (_items.Count > 0 || _isComplete)
                {
                    return TryTake();
                }

                filled = Next(ref _filled);
            }

            await filled.ConfigureAwait(false);
        }
    }

    /// <summary>The end: nothing is added any more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Wake(ref _filled);
            Wake(ref _freed);
        }
    }

    private static Task Next(ref TaskCompletionSource? change) =>
        (change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private static void Wake(ref TaskCompletionSource? change)
    {
        change?.SetResult();
        change = null;
    }

    private int OldestOfLargest()
    {
        var largest = _shares.Largest;
        var index = 0;
        while (_shares.Of(_items[index].Room) != largest)
        {
            index++;
        }

        return index;
    }

    private void Append(PublisherItem item)
    {
        _items.Add(item);
        _shares.Take(item.Room);
        Wake(ref _filled);
    }

    private PublisherItem RemoveAt(int index)
    {
        var item = _items[index];
        _items.RemoveAt(index);
        _shares.Return(item.Room);
        return item;
    }
}
