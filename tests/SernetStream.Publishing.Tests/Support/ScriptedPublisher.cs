namespace SernetStream.Publishing.Tests.Support;

/// <summary>A publisher that does what a test says and records its calls.</summary>
internal sealed class ScriptedPublisher(string name) : IEventPublisher
{
    private readonly Lock _gate = new();
    private readonly List<string> _got = [];
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => name;

    public bool CannotStart { get; init; }

    /// <summary>Whether every call waits for <see cref="Release"/>.</summary>
    public bool Blocks { get; init; }

    public bool HeedsCancellation { get; init; }

    public bool Closes { get; init; }

    public Func<long, bool> Throws { get; init; } = _ => false;

    public Func<Task> OnDispose { get; init; } = () => Task.CompletedTask;

    /// <summary>Completes with the first event.</summary>
    public Task Entered => _entered.Task;

    public IReadOnlyList<string> Got
    {
        get
        {
            lock (_gate)
            {
                return [.. _got];
            }
        }
    }

    public void Release() => _released.TrySetResult();

    /// <summary>Waits until this many calls are recorded.</summary>
    public async Task GotAsync(int count)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_got.Count >= count)
                {
                    return;
                }

                more = _more.Task;
            }

            await more.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    public ValueTask StartAsync(CancellationToken cancellationToken) =>
        CannotStart ? throw new PublisherException("It cannot work.") : ValueTask.CompletedTask;

    public async ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        _entered.TrySetResult();
        if (Blocks)
        {
            await _released.Task.WaitAsync(HeedsCancellation ? cancellationToken : CancellationToken.None);
        }

        if (Closes)
        {
            throw new PublisherClosedException("Nobody reads this.");
        }

        if (Throws(emotionEvent.Sequence))
        {
            throw new InvalidOperationException("Not today");
        }

        Note($"{emotionEvent.Sequence}");
    }

    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken)
    {
        Note($"speech {speaking}");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        Note("disposed");
        await OnDispose();
    }

    private void Note(string text)
    {
        lock (_gate)
        {
            _got.Add(text);
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
