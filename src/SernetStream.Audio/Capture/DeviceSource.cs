using System.Diagnostics;
using SernetStream.Audio.Capture.PortAudio;
using SernetStream.Audio.Streams;
using SernetStream.Native;

namespace SernetStream.Audio.Capture;

/// <summary>
/// A supervised capture device. It stays one stream at 16 kHz, with gaps, while the device is unplugged, its sound
/// server restarted or the machine suspended. While the device is away, it reports the gap twice a second, so that time
/// goes on downstream.
/// </summary>
/// <remarks>
/// The machine: <c>Closed → Opening → Running → Lost → BackingOff → Opening → …</c>; an attempt that fails leads from
/// Opening to BackingOff. All transitions happen in <see cref="Read"/>, on the reader's thread; only the opening itself
/// happens elsewhere, and there is never a second one: a connection is awaited, a sound server that may never answer has a
/// thread.
/// </remarks>
public sealed partial class DeviceSource : IPolledSource
{
    private readonly string _request;
    private readonly DeviceOptions _options;
    private readonly Func<IAudioSource?, CancellationToken, Task<IAudioSource>> _open;
    private readonly Action<DeviceStatus> _report;
    private readonly DeviceGaps _gaps;
    private readonly DeviceNotes _notes = new();
    private readonly WakeEvent _wake = new();
    private readonly IDisposable? _keeper;

    private volatile DeviceState _state = DeviceState.Closed;
    private volatile IAudioSource? _inner;
    private IAudioSource? _last;
    private RateConverter? _converter;
    private volatile Action? _isReady;
    private OpenAttempt? _attempt;
    private readonly BackOff _backOff;
    private long _retryAt;
    private long _runningSince;
    private bool _isSlownessSaid;
    private bool _isDisposed;

    /// <param name="request">The user's name for the device.</param>
    /// <param name="options">How it is supervised.</param>
    /// <param name="open">Opens it; disposes the one that was lost, if any, which it is given. It returns soon.</param>
    /// <param name="report">Hears of every transition, on the reader's thread.</param>
    /// <param name="suspend">Notices suspension.</param>
    /// <param name="keeper">What outlives each that is opened; disposed in the end.</param>
    internal DeviceSource(
        string request,
        DeviceOptions options,
        Func<IAudioSource?, CancellationToken, Task<IAudioSource>> open,
        Action<DeviceStatus>? report = null,
        SuspendWatch? suspend = null,
        IDisposable? keeper = null)
    {
        options.Validate();
        _request = request;
        _options = options;
        _open = open;
        _keeper = keeper;
        _backOff = new BackOff(options.FirstRetry, options.LongestRetry);
        _report = report ?? (_ => { });
        _gaps = new DeviceGaps(CaptureFormat.PreferredRate, suspend ?? new SuspendWatch());
    }

    /// <summary>The same, of a device whose opening blocks, and may hang: it has a thread of its own.</summary>
    /// <inheritdoc cref="DeviceSource(string, DeviceOptions, Func{IAudioSource, CancellationToken, Task{IAudioSource}}, Action{DeviceStatus}, SuspendWatch, IDisposable)"/>
    internal DeviceSource(
        string request,
        DeviceOptions options,
        Func<IAudioSource?, IAudioSource> open,
        Action<DeviceStatus>? report = null,
        SuspendWatch? suspend = null)
        : this(request, options, (last, _) => OpenAttempt.OnThread(() => OpenAgain(last, open)), report, suspend)
    {
    }

    /// <inheritdoc/>
    public string Name => _inner?.Name ?? _last?.Name ?? _request;

    /// <inheritdoc/>
    public int SampleRate => CaptureFormat.PreferredRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _inner?.ChannelNote;

    /// <summary>Where the device is. May be read by any thread.</summary>
    public DeviceState State => _state;

    /// <summary>Opens a device, or begins to wait for it if the options say so.</summary>
    /// <param name="device">As <see cref="PortAudioSource.Open"/> takes it.</param>
    /// <param name="options">How it is supervised.</param>
    /// <param name="report">Hears of every transition, on the thread that opens or reads.</param>
    /// <param name="cancellationToken">Ends the wait for a sound system that does not answer.</param>
    /// <exception cref="AudioDeviceException">It cannot be opened; the kind says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static DeviceSource Open(
        string device,
        DeviceOptions? options = null,
        Action<DeviceStatus>? report = null,
        CancellationToken cancellationToken = default)
    {
        var source = new DeviceSource(
            device, options ?? new DeviceOptions(), last => PortAudioSource.Open(device, (last as PortAudioSource)?.Device, options?.Channel ?? ChannelChoice.Mix), report);
        return source.Begin(cancellationToken);
    }

    /// <summary>Unless the device may be waited for: opens it, or throws.</summary>
    internal DeviceSource Begin(CancellationToken cancellationToken)
    {
        try
        {
            while (!_options.WaitForDevice && State != DeviceState.Running)
            {
                Step();
                if (State != DeviceState.Running)
                {
                    _wake.Wait(UntilNextStep(), null, cancellationToken);
                }
            }

            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("destination is empty; it must hold at least one sample.", nameof(destination));
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _gaps.Begin();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (State == DeviceState.Running)
            {
                try
                {
                    return Account(_converter!.Read(destination, wanted, cancellationToken));
                }
                catch (AudioDeviceException problem) when (_options.Reopen && problem.IsWorthRetrying)
                {
                    if (TryLose(problem, destination, out var rest))
                    {
                        return rest;
                    }
                }
            }

            if (TryGoOn(out var gap))
            {
                return gap;
            }

            if (State != DeviceState.Running)
            {
                _wake.Wait(UntilNextStep(), null, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _gaps.Begin();
        if (State == DeviceState.Running)
        {
            try
            {
                var isThere = Polled().TryRead(destination, wanted, out block, out retryAfter);
                block = isThere ? Account(block) : block;
                return isThere;
            }
            catch (AudioDeviceException problem) when (_options.Reopen && problem.IsWorthRetrying)
            {
                if (TryLose(problem, destination, out block))
                {
                    retryAfter = TimeSpan.Zero;
                    return true;
                }
            }
        }

        var isGap = TryGoOn(out block);
        retryAfter = State == DeviceState.Running ? TimeSpan.Zero : UntilNextStep();
        return isGap;
    }

    /// <inheritdoc/>
    public void Notify(Action? isReady)
    {
        _isReady = isReady;
        (_inner as IPolledSource)?.Notify(isReady);
    }

    /// <inheritdoc/>
    public void Interrupt() => _inner?.Interrupt();

    /// <inheritdoc/>
    public void Silence() => _converter?.Silence();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _state = DeviceState.Closed;
        _attempt?.Dispose();
        _inner?.Dispose();
        // One that was lost lives until it is opened again: a program that stalls, for instance.
        _last?.Dispose();
        _keeper?.Dispose();
        // The wake-up is left to its finalizer: an attempt to open may still signal it.
    }

    /// <summary>Does what is due; says whether a gap is to be told.</summary>
    private bool TryGoOn(out AudioBlock gap)
    {
        Step();
        gap = default;
        return State != DeviceState.Running && _gaps.TryTell(out gap);
    }

    /// <summary>Loses the device; says whether there is sound from before that to be told.</summary>
    private bool TryLose(AudioDeviceException problem, Span<float> destination, out AudioBlock rest)
    {
        var count = _converter!.Flush(destination);
        rest = count > 0 ? Account(new AudioBlock(count, Stopwatch.GetTimestamp(), 0)) : default;
        Lose(problem);
        return count > 0;
    }

    /// <summary>The device, as one that can be asked without waiting.</summary>
    private RateConverter Polled()
    {
        if (_inner is not IPolledSource)
        {
            IPolledSource polled = _inner is IInstantSource instant ? new DrainedSource(instant) : new PumpedSource(_inner!);
            polled.Notify(_isReady);
            _inner = polled;
            _converter = new RateConverter(polled, SampleRate);
        }

        return _converter!;
    }

    private AudioBlock Account(AudioBlock delivered)
    {
        var block = _gaps.Account(delivered);
        if (!block.IsEnd)
        {
            _notes.Observe(_inner!, block.Count, _report);
        }

        return block;
    }
}
