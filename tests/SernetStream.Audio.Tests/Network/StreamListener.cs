using System.Collections.Concurrent;
using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Reads streams as the pipeline does, and counts.</summary>
internal sealed class StreamListener
{
    /// <summary>Supervision that loses no time.</summary>
    public static readonly DeviceOptions Patient = new()
    {
        FirstRetry = TimeSpan.FromSeconds(0.05),
        LongestRetry = TimeSpan.FromSeconds(0.2),
    };

    private readonly float[] _buffer = new float[16_000];

    /// <summary>Whether the stream is asked, as one of many rooms, rather than waited for.</summary>
    public bool IsInRoom { get; set; }

    /// <summary>What the supervisor told.</summary>
    public ConcurrentQueue<DeviceStatus> News { get; } = new();

    /// <summary>Samples so far that are not silence.</summary>
    public long Sounding { get; private set; }

    /// <summary>Samples so far.</summary>
    public long Heard { get; private set; }

    /// <summary>Samples so far that are known to be missing.</summary>
    public long Missing { get; private set; }

    /// <summary>All samples so far, as 16-bit numbers; null if nobody wants them.</summary>
    public List<int>? Numbers { get; init; }

    /// <summary>How often it was lost.</summary>
    public int Losses => News.Count(status => status.State == DeviceState.Lost);

    /// <summary>Why it was lost, one after the other.</summary>
    public IEnumerable<string> Reasons => News.Where(status => status.State == DeviceState.Lost).Select(status => status.Problem!.Message);

    /// <summary>Opens a stream.</summary>
    public IAudioSource Open(string device, DeviceOptions? options = null) =>
        AudioSourceFactory.Open(device, options: options ?? Patient, report: News.Enqueue);

    /// <summary>Reads a block.</summary>
    public ReadOnlySpan<float> Next(IAudioSource source)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        var block = Read(source, _buffer, 320, IsInRoom, limit.Token);
        var samples = _buffer.AsSpan(0, block.Count);
        foreach (var sample in samples)
        {
            Sounding += Math.Abs(sample) > 0.001f ? 1 : 0;
            Numbers?.Add((int)Math.Round(sample * 32_768));
        }

        (Heard, Missing) = (Heard + block.Count, Missing + block.LostBefore);
        return samples;
    }

    /// <summary>Reads until so many more samples sound.</summary>
    public void Hear(IAudioSource source, long samples)
    {
        var until = Sounding + samples;
        HearUntil(source, () => Sounding >= until);
    }

    /// <summary>Reads until something has come about.</summary>
    /// <exception cref="TimeoutException">It does not; the message says how the stream fared.</exception>
    public void HearUntil(IAudioSource source, Func<bool> isDone)
    {
        var began = Stopwatch.GetTimestamp();
        while (!isDone())
        {
            Next(source);
            if (Stopwatch.GetElapsedTime(began) > ChildProcess.WaitTimeout)
            {
                throw new TimeoutException(
                    $"{Sounding} of {Heard} samples sounded, {Missing} were missing:\n"
                    + string.Join('\n', News.Select(status => $"{status.State} {status.Problem?.Message}").TakeLast(20)));
            }
        }
    }

    /// <summary>Reads until something else is done: what nobody reads meanwhile would be neither sound nor silence.</summary>
    public async Task HearWhileAsync(IAudioSource source, Task other)
    {
        HearUntil(source, () => other.IsCompleted);
        await other;
    }

    /// <summary>Bytes that a hop allocates once the stream runs.</summary>
    public long AllocatedBytes(IAudioSource source)
    {
        Hear(source, 8_000);
        var buffer = new float[16_000];
        return Allocations.Of(() => Read(source, buffer, 512, IsInRoom, CancellationToken.None));
    }

    /// <summary>Reads a block: waits in the source, or asks it until there is one.</summary>
    public static AudioBlock Read(IAudioSource source, Span<float> buffer, int wanted, bool isInRoom, CancellationToken cancellationToken)
    {
        if (!isInRoom)
        {
            return source.Read(buffer, wanted, cancellationToken);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (((IPolledSource)source).TryRead(buffer, wanted, out var block, out var retryAfter))
            {
                return block;
            }

            // As long as the scheduler of the rooms waits at least and at most.
            Thread.Sleep(retryAfter < TimeSpan.FromMilliseconds(2) ? TimeSpan.FromMilliseconds(2) : retryAfter);
        }
    }

    /// <summary>Asserts that a device cannot be opened, for that reason.</summary>
    public static AudioDeviceException Refused(string device, AudioDeviceError error, string reason, DeviceOptions? options = null)
    {
        var refusal = Assert.Throws<AudioDeviceException>(() => AudioSourceFactory.Open(device, options: options));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(error, refusal.Error);
        return refusal;
    }
}
