using System.Diagnostics;
using System.Runtime.InteropServices;
using SernetStream.Audio.Capture;
using SernetStream.Native;

namespace SernetStream.Audio.Streams;

/// <summary>Reads a source that does not wait as one that does: until what has come through its descriptor is enough.</summary>
/// <param name="input">What the source's bytes come through; not owned.</param>
internal sealed class PatientReader(SafeHandle input) : IDisposable
{
    /// <summary>Samples that are there wait no longer for the others.</summary>
    private static readonly TimeSpan LongestWithSome = TimeSpan.FromSeconds(0.5);

    private readonly WakeEvent _wake = new();
    private volatile bool _isHurried;
    private AudioBlock? _next;

    /// <summary>Whether the reader is to return with what it has.</summary>
    public bool IsHurried => _isHurried;

    /// <summary>Makes the reader return with what it has. Any thread.</summary>
    public void Interrupt()
    {
        _isHurried = true;
        _wake.TrySignal();
    }

    /// <summary>Waits for input, for an interruption, or for a time to pass.</summary>
    public WakeReason Wait(TimeSpan limit, CancellationToken cancellationToken) => _wake.Wait(limit, input, cancellationToken);

    /// <summary>Does <see cref="IAudioSource.Read"/> of a source.</summary>
    public AudioBlock Read(IInstantSource source, Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (_next is { } next)
        {
            _next = null;
            return next;
        }

        wanted = Math.Min(wanted, destination.Length);
        var (count, capturedAt) = (0, Stopwatch.GetTimestamp());
        try
        {
            while (count < (_isHurried ? Math.Min(1, wanted) : wanted))
            {
                if (source.TryTake(destination[count..], out var block, out var quiet))
                {
                    if (block.Count == 0)
                    {
                        // A gap, or the end.
                        _next = count > 0 ? block : null;
                        return count > 0 ? new AudioBlock(count, capturedAt, 0) : block;
                    }

                    (count, capturedAt) = (count + block.Count, block.CapturedAt);
                }
                else if (!WaitOn(count > 0, quiet, cancellationToken))
                {
                    break;
                }
            }
        }
        catch (Exception error) when (count > 0 && error is OperationCanceledException or AudioDeviceException)
        {
            // Samples from before the fault are not lost: the next call meets the fault again.
        }

        _isHurried = false;
        return new AudioBlock(count, capturedAt, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    /// <returns>False if what there is must be returned.</returns>
    private bool WaitOn(bool hasSome, TimeSpan quiet, CancellationToken cancellationToken)
    {
        var isLong = hasSome && (quiet == Timeout.InfiniteTimeSpan || quiet > LongestWithSome);
        return Wait(isLong ? LongestWithSome : quiet, cancellationToken) != WakeReason.TimedOut || !isLong;
    }
}
