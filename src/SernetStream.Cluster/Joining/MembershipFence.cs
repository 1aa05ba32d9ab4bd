namespace SernetStream.Cluster.Joining;

/// <summary>
/// Lets nothing out of a silo that may have been declared dead, for then others have its rooms. Its right to publish holds for
/// <see cref="Lease"/> at a time, and is renewed four times a second by reading the silo's own row in Redis. The other silos need
/// longer than that to declare it dead: one that was stopped, and goes on, finds its lease over and sends nothing until it has read
/// the row again; if it is dead there, it ends.
/// </summary>
/// <remarks>
/// While Redis is away nobody can be declared dead, for that is a write to it; so a silo that was not stopped goes on. A silo
/// that is cut off from Redis while the others are not goes on too; its numbers are its own all the same (<see cref="Rooms.SequenceNumbers"/>).
/// </remarks>
/// <param name="isActive">Reads whether this silo is an active member; it throws where Redis does not answer.</param>
/// <param name="onDead">Called once when this silo is dead.</param>
/// <param name="clock">For tests.</param>
internal sealed class MembershipFence(Func<CancellationToken, Task<bool?>> isActive, Action onDead, TimeProvider? clock = null) : IDisposable
{
    /// <summary>How long a renewal holds; less than the others need to declare a silo dead (<see cref="SiloHost.ProbeTimeout"/>).</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly CancellationTokenSource _stop = new();
    private long _renewed = long.MinValue;
    private volatile bool _isDead;
    private long _closings;

    /// <summary>Whether something may leave this silo now.</summary>
    public bool IsOpen => !_isDead && Interlocked.Read(ref _renewed) is var renewed and > long.MinValue && _clock.GetElapsedTime(renewed) < Lease;

    /// <summary>How often the lease ran out.</summary>
    public long Closings => Interlocked.Read(ref _closings);

    /// <summary>Renews the lease until it is disposed.</summary>
    public async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested && !_isDead)
        {
            await RenewAsync().ConfigureAwait(false);
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Renews it once, if this silo may.</summary>
    public async Task RenewAsync()
    {
        var began = _clock.GetTimestamp();
        var wasOpen = IsOpen;
        _closings += !wasOpen && Interlocked.Read(ref _renewed) > long.MinValue ? 1 : 0;
        try
        {
            switch (await isActive(_stop.Token).WaitAsync(Patience, _clock, _stop.Token).ConfigureAwait(false))
            {
                case true:
                    Interlocked.Exchange(ref _renewed, began);
                    break;
                case false:
                    _isDead = true;
                    onDead();
                    break;
                default:
                    break;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo ends.
        }
        catch (Exception)
        {
            // Redis is away. Whoever was awake all the time goes on; whoever was not cannot know what happened meanwhile.
            if (wasOpen && IsOpen)
            {
                Interlocked.Exchange(ref _renewed, _clock.GetTimestamp());
            }
        }
    }

    public void Dispose() => _stop.Cancel();
}
