using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Native;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>
/// What PortAudio's thread writes into: the ring, the wake-up for the reader, and the news that the stream has ended.
/// </summary>
/// <remarks>
/// The callback allocates nothing, locks nothing and does no input or output; the wake-up, once the ring holds what the
/// reader waits for, is one write(2) to an eventfd, which never blocks. One delay cannot be avoided: .NET holds a
/// thread that enters managed code during a garbage collection. The device's buffer is much longer than that.
/// </remarks>
internal sealed unsafe class CaptureSink : IDisposable
{
    private const int PriorityUnknown = -1;

    private readonly CaptureFormat _format;
    private readonly CaptureClock _clock;
    private readonly WakeEvent _wake = new();
    private long _lastCallback = Stopwatch.GetTimestamp();
    private bool _isFinished;
    private int _priority = PriorityUnknown;

    public CaptureSink(CaptureFormat format, ChannelChoice channel)
    {
        Mixer = new ChannelMixer(format.Channels, format.SampleRate, channel);
        _format = format;
        _clock = new CaptureClock(format.SampleRate);
        Ring = new CaptureRing(format.SampleRate, mixer: Mixer);

        // Compiled here, not in the first callback.
        Ring.Write([], 0);
        Mixer.WarmUp();
        Take(null, 0, 0, false);
    }

    public CaptureRing Ring { get; }

    /// <summary>Makes one channel of the device's.</summary>
    public ChannelMixer Mixer { get; }

    public static delegate* unmanaged[Cdecl]<
        float*, void*, nuint, PortAudioNative.CallbackTimeInfo*, nuint, nint, int> Callback => &OnFrames;

    public static delegate* unmanaged[Cdecl]<nint, void> FinishedCallback => &OnFinished;

    /// <summary>Whether PortAudio's thread got real-time priority; null before its first callback.</summary>
    public bool? IsRealTime => Volatile.Read(ref _priority) is >= 0 and var priority ? priority > 0 : null;

    /// <summary>True once PortAudio's thread has ended: stopped, or the device failed.</summary>
    public bool IsFinished => Volatile.Read(ref _isFinished);

    /// <summary>How long the device has been silent: since the last callback, or since this was made.</summary>
    public TimeSpan SinceLastCallback => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastCallback));

    /// <summary>Sleeps until the ring is ready, the stream ended or <see cref="TryWake"/> is called, at most for a time.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Wait(TimeSpan limit, CancellationToken cancellationToken) => _wake.Wait(limit, null, cancellationToken);

    /// <summary>Wakes the reader, if there still is one. Any thread.</summary>
    public void TryWake() => _wake.TrySignal();

    /// <summary>Only when the stream is closed and nobody writes to it.</summary>
    public void Dispose()
    {
        Ring.Erase();
        _wake.Dispose();
    }

    private void Take(float* frames, int count, double age, bool isOverflow)
    {
        var now = Stopwatch.GetTimestamp();
        Volatile.Write(ref _lastCallback, now);
        if (count == 0)
        {
            return;
        }

        var (capturedAt, lost) = _clock.Stamp(now, age, count, isOverflow);
        if (frames is null)
        {
            // PortAudio had no input; the time passed anyway.
            Ring.Write([], capturedAt, lost + count);
        }
        else if (Ring.Write(new ReadOnlySpan<float>(frames, count * _format.Channels), capturedAt, lost))
        {
            _wake.Signal();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnFrames(
        float* input,
        void* output,
        nuint frames,
        PortAudioNative.CallbackTimeInfo* time,
        nuint flags,
        nint user)
    {
        var sink = (CaptureSink)GCHandle.FromIntPtr(user).Target!;
        if (sink._priority == PriorityUnknown)
        {
            Volatile.Write(ref sink._priority, RealTimePriority.TryRaise() ? 1 : 0);
        }

        var age = time is null ? double.NaN : time->CurrentTime - time->InputBufferAdcTime;
        sink.Take(input, (int)frames, age, (flags & PortAudioNative.InputOverflow) != 0);
        return PortAudioNative.Continue;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnFinished(nint user)
    {
        var sink = (CaptureSink)GCHandle.FromIntPtr(user).Target!;
        Volatile.Write(ref sink._isFinished, true);
        sink._wake.Signal();
    }
}
