using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Dsp.Resampling;
using SernetStream.Pipeline.Drivers;

namespace SernetStream.Pipeline.Echo;

/// <summary>
/// Listens to what the room's own speakers play, beside the microphone. What it hears is compared with the microphone, and never
/// judged; while the node is muted it is discarded where it arrives.
/// </summary>
public sealed class RoomMonitor : IDisposable
{
    private const int LongestGapSeconds = 3;

    private readonly IAudioSource _source;
    private readonly PipelineControls _controls;
    private readonly StreamingResampler _resampler;
    private readonly CancellationTokenSource _end = new();
    private readonly float[] _samples;
    private readonly float[] _resampled;
    private readonly Task _reading;

    /// <summary>Begins to listen.</summary>
    /// <param name="source">What the speakers play; it is disposed with this.</param>
    /// <param name="controls">Those of the node.</param>
    /// <param name="ended">Told why it can no longer listen; on a thread of its own.</param>
    public RoomMonitor(IAudioSource source, PipelineControls controls, Action<string> ended)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, _controls) = (source, controls);
        _samples = GC.AllocateArray<float>(source.SampleRate / 4, pinned: true);
        _resampler = new StreamingResampler(source.SampleRate, 16000);
        _resampled = GC.AllocateArray<float>(_resampler.MaxOutput(_samples.Length), pinned: true);
        _reading = DedicatedThread.Run("sernet monitor", () => Read(ended));
    }

    /// <summary>What it has heard.</summary>
    public MonitorTrack Track { get; } = new();

    /// <summary>Ends the listening, and overwrites what was heard.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        _source.Dispose();
        _end.Dispose();
        Track.Silence();
        Array.Clear(_samples);
        Array.Clear(_resampled);
    }

    private void Read(Action<string> ended)
    {
        try
        {
            while (Step())
            {
            }

            ended($"{_source.Name} has ended");
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Asked to end.
        }
        catch (AudioDeviceException error)
        {
            ended(error.Message);
        }
    }

    private bool Step()
    {
        var before = _controls.MuteState;
        var block = _source.Read(_samples, _source.SampleRate / 50, _end.Token);
        if (block.IsEnd)
        {
            return false;
        }

        var samples = _samples.AsSpan(0, block.Count);
        if (PipelineControls.WasMuted(before, _controls.MuteState))
        {
            samples.Clear();
            _source.Silence();
            _resampler.Silence();
        }

        // What is missing counts as silence, so that what follows keeps its place.
        for (var missing = Math.Min(block.LostBefore, (long)LongestGapSeconds * _source.SampleRate); missing > 0;)
        {
            var count = (int)Math.Min(missing, _samples.Length - block.Count);
            if (count == 0)
            {
                break;
            }

            var silence = _samples.AsSpan(block.Count, count);
            silence.Clear();
            Write(silence, block.CapturedAt);
            missing -= count;
        }

        Write(samples, block.CapturedAt);
        samples.Clear();
        return true;
    }

    private void Write(ReadOnlySpan<float> samples, long capturedAt)
    {
        while (!samples.IsEmpty)
        {
            var count = _resampler.Process(samples, _resampled, out var consumed);
            samples = samples[consumed..];
            Track.Write(_resampled.AsSpan(0, count), capturedAt);
        }
    }
}
