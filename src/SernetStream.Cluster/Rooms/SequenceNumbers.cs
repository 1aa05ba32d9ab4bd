namespace SernetStream.Cluster.Rooms;

/// <summary>
/// The numbers of a room's events. They are taken from Redis in blocks, before they are used: so no two activations of a room
/// have the same number, however the first one ended, and an event waits for no write. A gap in the numbers is a new block.
/// </summary>
internal sealed class SequenceNumbers
{
    /// <summary>Numbers of a block: as many events as nine hours of speech without a pause make.</summary>
    public const long BlockLength = 65536;

    private readonly Lock _gate = new();
    private long _next;
    private long _end;
    private long _nextBlock = -1;

    /// <summary>Whether another block is needed soon.</summary>
    public bool IsRunningOut
    {
        get
        {
            lock (_gate)
            {
                return _nextBlock < 0 && _end - _next < BlockLength / 2;
            }
        }
    }

    /// <summary>The number that was taken last; one less than the first if none was.</summary>
    public long Last
    {
        get
        {
            lock (_gate)
            {
                return _next - 1;
            }
        }
    }

    /// <summary>A block was written down as this room's.</summary>
    public void Add(long first)
    {
        lock (_gate)
        {
            if (_next == _end)
            {
                (_next, _end) = (first, first + BlockLength);
            }
            else
            {
                _nextBlock = first;
            }
        }
    }

    /// <summary>The next number; false if there is none until another block comes.</summary>
    public bool TryTake(out long number)
    {
        lock (_gate)
        {
            if (_next == _end && _nextBlock >= 0)
            {
                (_next, _end, _nextBlock) = (_nextBlock, _nextBlock + BlockLength, -1);
            }

            number = _next;
            return _next < _end && _next++ >= 0;
        }
    }
}
