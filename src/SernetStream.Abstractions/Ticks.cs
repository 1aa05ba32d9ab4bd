namespace SernetStream;

/// <summary>
/// The beats of a loop that runs until it is stopped. To be stopped is no fault, so the wait for the next beat then ends with false.
/// </summary>
/// <remarks>
/// A cancelled wait of <see cref="PeriodicTimer"/> ends by an exception with the text of its stack, for which the native program reads
/// the names of all its methods: 10 ms.
/// </remarks>
internal sealed class Ticks : IDisposable
{
    private readonly PeriodicTimer _timer;
    private readonly CancellationTokenRegistration _ending;

    /// <param name="period">The time between two beats.</param>
    /// <param name="clock">Whose time that is.</param>
    /// <param name="stop">Ends the loop.</param>
    public Ticks(TimeSpan period, TimeProvider clock, CancellationToken stop)
    {
        _timer = new PeriodicTimer(period, clock);
        _ending = stop.Register(_timer.Dispose);
    }

    /// <summary>Waits for the next beat; false: the loop was stopped.</summary>
    public ValueTask<bool> NextAsync() => _timer.WaitForNextTickAsync(CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Dispose();
        _timer.Dispose();
    }
}
