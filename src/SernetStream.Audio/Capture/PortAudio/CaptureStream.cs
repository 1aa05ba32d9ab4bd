using System.Runtime.InteropServices;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>A started stream of PortAudio, with what its callback writes into.</summary>
internal sealed unsafe class CaptureStream : SafeHandle
{
    // Delivered every 20 ms, as the pipeline works on 16 ms frames; buffered for so long that neither a garbage
    // collection nor a busy machine makes the device overrun. PortAudio would divide the buffer by 4, and so deliver
    // every 60 ms; divided by this, its rounding to whole callbacks gives one of them.
    private const int CallbacksPerSecond = 50;
    private const double BufferSeconds = 0.2;
    private const int AlsaPeriods = 16;

    private readonly PortAudioSession _session;
    private GCHandle _sinkHandle;

    private CaptureStream(PortAudioSession session, CaptureSink sink, CaptureFormat format)
        : base(0, ownsHandle: true)
    {
        // Held until the stream is closed, in whatever order things are disposed or finalized.
        var isHeld = false;
        session.DangerousAddRef(ref isHeld);
        _session = session;
        _sinkHandle = GCHandle.Alloc(sink);
        Sink = sink;
        Format = format;
    }

    public override bool IsInvalid => handle == 0;

    public CaptureSink Sink { get; }

    public CaptureFormat Format { get; }

    /// <summary>Opens and starts a device; null and PortAudio's error code if it refuses.</summary>
    public static CaptureStream? TryStart(
        PortAudioSession session, AudioDevice device, CaptureFormat format, ChannelChoice channel, out int error)
    {
        var stream = new CaptureStream(session, new CaptureSink(format, channel), format);
        lock (PortAudioSession.Gate)
        {
            NativeLogCapture.Clear();
            error = stream.Start(device);
        }

        if (error == PortAudioNative.NoError)
        {
            return stream;
        }

        stream.Dispose();
        return null;
    }

    protected override bool ReleaseHandle()
    {
        // Abort wakes PortAudio's thread in its poll(2), the only place where it lets itself be cancelled; stopping
        // would wait for samples that a dead device never delivers. Outside the gate: a sound server that hangs must
        // not hold up other devices.
        _ = PortAudioNative.AbortStream(handle);
        lock (PortAudioSession.Gate)
        {
            _ = PortAudioNative.CloseStream(handle);
        }

        Free();
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        // Where opening failed there is no handle, and so no release.
        if (IsInvalid && !IsClosed)
        {
            Free();
        }

        base.Dispose(disposing);
    }

    private int Start(AudioDevice device)
    {
        var parameters = new PortAudioNative.StreamParameters
        {
            Device = device.Index,
            ChannelCount = Format.Channels,
            SampleFormat = PortAudioNative.Float32,
            SuggestedLatency = Math.Max(BufferSeconds, _session.SuggestedLatency(device.Index)),
        };
        // A setting of the whole process; ours alone, under the gate.
        _ = PortAudioNative.SetAlsaPeriods(AlsaPeriods);
        nint stream;
        var error = PortAudioNative.OpenStream(
            &stream,
            &parameters,
            null,
            Format.SampleRate,
            (nuint)(Format.SampleRate / CallbacksPerSecond),
            flags: 0,
            CaptureSink.Callback,
            GCHandle.ToIntPtr(_sinkHandle));
        if (error != PortAudioNative.NoError)
        {
            return error;
        }

        SetHandle(stream);
        error = PortAudioNative.SetStreamFinishedCallback(stream, CaptureSink.FinishedCallback);
        return error == PortAudioNative.NoError ? PortAudioNative.StartStream(stream) : error;
    }

    private void Free()
    {
        _sinkHandle.Free();
        Sink.Dispose();
        _session.DangerousRelease();
    }
}
