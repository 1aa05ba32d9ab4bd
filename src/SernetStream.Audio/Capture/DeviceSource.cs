using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using SernetStream.Audio.Capture.PortAudio;
using SernetStream.Native;

namespace SernetStream.Audio.Capture;

/// <summary>
/// A supervised capture device. It stays one stream at 16 kHz, with gaps, while the device is unplugged, its sound
/// server restarted or the machine suspended. While the device is away, it reports the gap twice a second, so that time
/// goes on downstream.
/// </summary>
/// <remarks>
/// The machine: <c>Closed → Opening → Running → Lost → BackingOff → Opening → …</c>; an attempt that fails leads from
/// Opening to BackingOff. All transitions happen in <see cref="Read"/>, on the reader's thread; only the opening itself,
/// which may never return, has one of its own, and there is never a second one.
/// </remarks>
public sealed class DeviceSource : IAudioSource
{
    private readonly string _request;
    private readonly DeviceOptions _options;
    private readonly Func<IAudioSource?, IAudioSource> _open;
    private readonly Action<DeviceStatus> _report;
    private readonly DeviceGaps _gaps;
    private readonly DeviceNotes _notes = new();
    private readonly WakeEvent _wake = new();

    private volatile DeviceState _state = DeviceState.Closed;
    private volatile IAudioSource? _inner;
    private IAudioSource? _last;
    private RateConverter? _converter;
    private OpenAttempt? _attempt;
    private readonly BackOff _backOff;
    private long _retryAt;
    private long _runningSince;
    private bool _isSlownessSaid;
    private bool _isDisposed;

    /// <param name="request">The user's name for the device.</param>
    /// <param name="options">How it is supervised.</param>
    /// <param name="open">Opens it; is given the one that was lost, if any, disposed.</param>
    /// <param name="report">Hears of every transition, on the reader's thread.</param>
    /// <param name="suspend">Notices suspension.</param>
    internal DeviceSource(
        string request,
        DeviceOptions options,
        Func<IAudioSource?, IAudioSource> open,
        Action<DeviceStatus>? report = null,
        SuspendWatch? suspend = null)
    {
        options.Validate();
        _request = request;
        _options = options;
        _open = open;
        _backOff = new BackOff(options.FirstRetry, options.LongestRetry);
        _report = report ?? (_ => { });
        _gaps = new DeviceGaps(CaptureFormat.PreferredRate, suspend ?? new SuspendWatch());
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
                    return ReadOn(_inner!, destination, wanted, cancellationToken);
                }
                catch (AudioDeviceException problem) when (_options.Reopen && problem.IsWorthRetrying)
                {
                    Lose(problem);
                }
            }

            Step();
            if (State != DeviceState.Running && _gaps.TryTell(out var gap))
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
        _attempt?.Abandon();
        _inner?.Dispose();
        // The wake-up is left to its finalizer: an attempt to open may still signal it.
    }

    /// <summary>Does what is due: begins an attempt, or takes the result of one.</summary>
    private void Step()
    {
        switch (State)
        {
            case DeviceState.Closed:
            case DeviceState.BackingOff when Stopwatch.GetTimestamp() >= _retryAt:
                Enter(DeviceState.Opening);
                _isSlownessSaid = false;
                _attempt = new OpenAttempt(OpenAgain, _wake);
                break;
            case DeviceState.Opening when _attempt!.TryTake(out var source, out var problem):
                _attempt = null;
                Finish(source, problem);
                break;
            case DeviceState.Opening when !_isSlownessSaid && _attempt!.Age >= _options.OpenLimit:
                _isSlownessSaid = true;
                var slow = NotAnswering();
                if (!MayGoOn(slow))
                {
                    throw slow;
                }

                Enter(DeviceState.Opening, slow);
                break;
            default:
                break;
        }
    }

    /// <summary>On the attempt's thread: closing a dead device may hang too.</summary>
    private IAudioSource OpenAgain()
    {
        var last = _last;
        last?.Dispose();
        return _open(last);
    }

    private void Finish(IAudioSource? source, Exception? problem)
    {
        if (source is not null)
        {
            _inner = source;
            _converter = new RateConverter(source, SampleRate);
            _gaps.OnOpened();
            _runningSince = Stopwatch.GetTimestamp();
            Enter(DeviceState.Running);
        }
        else if (problem is AudioDeviceException expected && MayGoOn(expected))
        {
            Wait(_backOff.Next(), expected);
        }
        else
        {
            _state = DeviceState.Closed;
            ExceptionDispatchInfo.Throw(problem!);
        }
    }

    private void Lose(AudioDeviceException problem)
    {
        Enter(DeviceState.Lost, problem);
        (_last, _inner, _converter) = (_inner, null, null);
        _gaps.OnLost();
        Wait(_backOff.NextAfter(Stopwatch.GetElapsedTime(_runningSince)), problem);
    }

    private void Wait(TimeSpan wait, AudioDeviceException problem)
    {
        _retryAt = Stopwatch.GetTimestamp() + (long)(wait.TotalSeconds * Stopwatch.Frequency);
        Enter(DeviceState.BackingOff, problem, wait);
    }

    /// <summary>
    /// Whether an attempt that failed is followed by another. A device that ran once works, so its fault may pass: a
    /// card gets its permissions a moment after it appears. Before the first run, only faults that pass by themselves
    /// are tried again.
    /// </summary>
    private bool MayGoOn(AudioDeviceException problem) => _last is not null
        ? problem.Error != AudioDeviceError.LibraryMissing
        : _options.WaitForDevice && (problem.IsWorthRetrying || problem.Error == AudioDeviceError.NoPermission);

    private void Enter(DeviceState state, AudioDeviceException? problem = null, TimeSpan? retryAfter = null)
    {
        _state = state;
        _report(new DeviceStatus(state, Name, problem, retryAfter));
    }

    private AudioBlock ReadOn(IAudioSource device, Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        var block = _gaps.Account(_converter!.Read(destination, wanted, cancellationToken));
        if (!block.IsEnd)
        {
            _notes.Observe(device, block.Count, _report);
        }

        return block;
    }

    private TimeSpan UntilNextStep()
    {
        var now = Stopwatch.GetTimestamp();
        var next = State switch
        {
            DeviceState.BackingOff => Stopwatch.GetElapsedTime(now, _retryAt),
            DeviceState.Opening when !_isSlownessSaid => _options.OpenLimit - _attempt!.Age,
            _ => DeviceGaps.Interval,
        };
        next = next < DeviceGaps.Interval ? next : DeviceGaps.Interval;
        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }

    private AudioDeviceException NotAnswering() => new(
        AudioDeviceError.NotAnswering,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The sound system has not answered for {_options.OpenLimit.TotalSeconds} s while \"{_request}\" was opened. ")
        + "Restart the sound server (systemctl --user restart pipewire pulseaudio), or choose a card directly, such as hw:1.");
}
