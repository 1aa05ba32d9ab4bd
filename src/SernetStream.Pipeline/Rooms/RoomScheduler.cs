using System.Diagnostics;

namespace SernetStream.Pipeline.Rooms;

/// <summary>
/// A few threads that step any number of pipelines: each when its source will have the samples that it wants, the one that
/// is due first before the others. See <see cref="PipelineHost.RunAsync(RoomScheduler, CancellationToken)"/>.
/// </summary>
/// <remarks>
/// A worker waits for no source and for no sink. A pipeline that fails ends its own task, and touches no other. The models of
/// the pipelines must outlive the scheduler, whose workers keep a classifier of each.
/// </remarks>
public sealed class RoomScheduler : IDisposable
{
    private const long Never = long.MaxValue;
    private const long Awake = -1;

    /// <summary>However sure a source is, it is asked this often: whether somebody watches is found out so.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(0.5);

    /// <summary>A device that is a little late is not asked without end.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(2);

    private readonly object _gate = new();
    private readonly PriorityQueue<ScheduledRoom, long> _queue = new();
    private readonly Thread[] _threads;

    /// <summary>Until when each thread waits; <see cref="Awake"/>: it does not.</summary>
    private readonly long[] _waitsUntil;
    private readonly LatencyHistogram _lateness = new();
    private readonly HashSet<ScheduledRoom> _rooms = [];
    private long _steppedAt = Stopwatch.GetTimestamp();
    private bool _isOver;

    /// <summary>Starts the threads.</summary>
    /// <param name="workers">How many; null: one a core.</param>
    public RoomScheduler(int? workers = null)
    {
        var count = workers ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(workers));
        _waitsUntil = [.. Enumerable.Repeat(Awake, count)];
        _threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() => Work(i)) { IsBackground = true, Name = $"sernet rooms {i + 1}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>How many threads step.</summary>
    public int Workers => _threads.Length;

    /// <summary>How many pipelines run.</summary>
    public int Rooms
    {
        get
        {
            lock (_gate)
            {
                return _rooms.Count;
            }
        }
    }

    /// <summary>How late steps begin, after they were due: what grows first when there are too many pipelines.</summary>
    public LatencyHistogram Lateness => _lateness;

    /// <summary>How long ago a step began: while pipelines run, no more than half a second.</summary>
    public TimeSpan SinceLastStep => Stopwatch.GetElapsedTime(Volatile.Read(ref _steppedAt));

    /// <summary>Ends the threads. Pipelines that still run end as cancelled.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        foreach (var room in _rooms.ToList())
        {
            Finish(room, new OperationCanceledException("The scheduler has ended."));
        }
    }

    /// <summary>Steps a pipeline until it is over, fails, or the token is cancelled; then disposes it.</summary>
    internal async Task RunAsync(SteppedPipeline pipeline, CancellationToken cancellationToken)
    {
        var room = new ScheduledRoom(pipeline);
        void Wake() => this.Wake(room);
        room.Wake = Wake;
        pipeline.Notify(Wake);
        using var cancellation = cancellationToken.Register(() =>
        {
            pipeline.Stop();
            Wake();
        });
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            _rooms.Add(room);
            Schedule(room, Stopwatch.GetTimestamp());
        }

        await room.Done.Task.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Work(int number)
    {
        using var worker = new StepWorker();
        while (TryTake(number, out var room))
        {
            try
            {
                var next = room.Pipeline.Step(worker);
                if (next.IsOver)
                {
                    Finish(room, null);
                }
                else
                {
                    PutBack(room, next);
                }
            }
            catch (Exception error)
            {
                // Whatever it is, it is this room's alone.
                Finish(room, error);
            }
        }
    }

    /// <summary>Waits for the pipeline that is due first; false once the scheduler has ended.</summary>
    private bool TryTake(int number, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ScheduledRoom? room)
    {
        lock (_gate)
        {
            while (!_isOver)
            {
                if (!_queue.TryPeek(out room, out var due))
                {
                    WaitUntil(Never, number);
                    continue;
                }

                if (room.Due != due)
                {
                    // It was woken before this time, or has ended.
                    _queue.Dequeue();
                    continue;
                }

                var now = Stopwatch.GetTimestamp();
                if (due > now)
                {
                    WaitUntil(due, number);
                    continue;
                }

                _queue.Dequeue();
                SeeToNext();
                room.Due = Never;
                room.IsRunning = true;
                Volatile.Write(ref _steppedAt, now);
                _lateness.Record(Stopwatch.GetElapsedTime(due, now).TotalMilliseconds);
                return true;
            }
        }

        room = null;
        return false;
    }

    /// <summary>Within the lock, which others have meanwhile.</summary>
    private void WaitUntil(long due, int number)
    {
        _waitsUntil[number] = due;
        Monitor.Wait(_gate, due == Never ? Timeout.Infinite : Math.Max(0, (int)Math.Ceiling(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due).TotalMilliseconds)));
        _waitsUntil[number] = Awake;
    }

    /// <summary>
    /// Within the lock. Of the threads that wait, one must wait for the room that is due first now. Otherwise this room would wait
    /// until the caller has time again.
    /// </summary>
    private void SeeToNext()
    {
        if (!_queue.TryPeek(out _, out var next))
        {
            return;
        }

        var (waits, waitsForNext) = (false, false);
        foreach (var until in _waitsUntil)
        {
            waits |= until != Awake;
            waitsForNext |= until != Awake && until <= next;
        }

        if (waits && !waitsForNext)
        {
            Monitor.Pulse(_gate);
        }
    }

    private void PutBack(ScheduledRoom room, in NextStep next)
    {
        var wait = next.After == Timeout.InfiniteTimeSpan || next.After > LongestWait ? LongestWait
            : next.After > TimeSpan.Zero && next.After < ShortestWait ? ShortestWait
            : next.After;
        var isAwaiting = next.Awaited is not null;
        lock (_gate)
        {
            room.IsRunning = false;
            if (room.IsWoken)
            {
                (room.IsWoken, wait, isAwaiting) = (false, TimeSpan.Zero, false);
            }

            // One that waits for its sink is woken when that is done; until then, its turn never comes.
            if (!isAwaiting)
            {
                Schedule(room, Stopwatch.GetTimestamp() + (long)(wait.TotalSeconds * Stopwatch.Frequency));
            }
        }

        next.Awaited?.ContinueWith(
            static (_, woken) => ((Action)woken!)(), room.Wake, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Has a pipeline stepped now, or again if that is happening. Any thread.</summary>
    private void Wake(ScheduledRoom room)
    {
        lock (_gate)
        {
            if (room.IsRunning)
            {
                room.IsWoken = true;
            }
            else if (!room.IsFinished)
            {
                Schedule(room, Stopwatch.GetTimestamp());
            }
        }
    }

    /// <summary>Within the lock.</summary>
    private void Schedule(ScheduledRoom room, long due)
    {
        room.Due = due;
        _queue.Enqueue(room, due);
        if (ReferenceEquals(_queue.Peek(), room))
        {
            Monitor.Pulse(_gate);
        }
    }

    private void Finish(ScheduledRoom room, Exception? error)
    {
        lock (_gate)
        {
            if (room.IsFinished)
            {
                return;
            }

            room.IsFinished = true;
            (room.IsRunning, room.Due) = (false, Never);
            _rooms.Remove(room);
        }

        // What it holds of sound is overwritten before anybody hears that it is over.
        try
        {
            room.Pipeline.Dispose();
        }
        catch (Exception failure)
        {
            error ??= failure;
        }

        if (error is null)
        {
            room.Done.TrySetResult();
        }
        else
        {
            room.Done.TrySetException(error);
        }
    }
}
