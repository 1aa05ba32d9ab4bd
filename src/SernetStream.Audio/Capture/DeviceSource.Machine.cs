using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace SernetStream.Audio.Capture;

/// <content>What leads from one state to another.</content>
public sealed partial class DeviceSource
{
    /// <summary>Does what is due: begins an attempt, or takes the result of one.</summary>
    private void Step()
    {
        switch (State)
        {
            case DeviceState.Closed:
            case DeviceState.BackingOff when Stopwatch.GetTimestamp() >= _retryAt:
                Enter(DeviceState.Opening);
                _isSlownessSaid = false;
                _attempt = new OpenAttempt(stop => _open(_last, stop), OnOpened);
                break;
            case DeviceState.Opening when _attempt!.TryTake(out var source, out var problem):
                _attempt.Dispose();
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
    private static IAudioSource OpenAgain(IAudioSource? last, Func<IAudioSource?, IAudioSource> open)
    {
        last?.Dispose();
        return open(last);
    }

    /// <summary>An attempt has succeeded or failed. Any thread.</summary>
    private void OnOpened()
    {
        _wake.Signal();
        _isReady?.Invoke();
    }

    private void Finish(IAudioSource? source, Exception? problem)
    {
        if (source is not null)
        {
            _inner = source;
            _converter = new RateConverter(source, SampleRate);
            (source as IPolledSource)?.Notify(_isReady);
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
        ? problem.Error is not (AudioDeviceError.LibraryMissing or AudioDeviceError.ProgramMissing)
        : _options.WaitForDevice && (problem.IsWorthRetrying || problem.Error == AudioDeviceError.NoPermission);

    private void Enter(DeviceState state, AudioDeviceException? problem = null, TimeSpan? retryAfter = null)
    {
        _state = state;
        _report(new DeviceStatus(state, Name, problem, retryAfter));
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
