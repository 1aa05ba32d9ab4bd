using System.Collections.Concurrent;
using System.Diagnostics;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>A device with scripted faults: each opening takes the next step of the script.</summary>
internal sealed class FaultyDevice
{
    private readonly ConcurrentQueue<Func<IAudioSource>> _script = new();

    public ConcurrentQueue<DeviceStatus> News { get; } = new();

    public IEnumerable<DeviceState> States => News.Select(news => news.State);

    public List<FaultyStream> Opened { get; } = [];

    /// <summary>The next opening fails.</summary>
    public FaultyDevice Fails(AudioDeviceError error)
    {
        _script.Enqueue(() => throw new AudioDeviceException(error, $"It is {error}."));
        return this;
    }

    /// <summary>The next opening waits for a signal, as with a sound server that hangs, and then runs.</summary>
    public FaultyDevice HangsUntil(ManualResetEventSlim released)
    {
        _script.Enqueue(() =>
        {
            released.Wait();
            return Add(new FaultyStream(16_000, 1, AudioDeviceError.Gone));
        });
        return this;
    }

    /// <summary>The next opening runs for some blocks of 20 ms and then ends with an error.</summary>
    public FaultyDevice Runs(int blocks, int sampleRate = 16_000, AudioDeviceError end = AudioDeviceError.Gone)
    {
        _script.Enqueue(() => Add(new FaultyStream(sampleRate, blocks, end)));
        return this;
    }

    public DeviceSource Source(DeviceOptions? options = null, Audio.Capture.SuspendWatch? suspend = null) => new(
        "hw:1",
        options ?? new DeviceOptions { FirstRetry = TimeSpan.FromMilliseconds(1), LongestRetry = TimeSpan.FromMilliseconds(4) },
        _ => _script.TryDequeue(out var open) ? open() : throw new AudioDeviceException(AudioDeviceError.NotFound, "The script is over."),
        News.Enqueue,
        suspend);

    private FaultyStream Add(FaultyStream stream)
    {
        lock (Opened)
        {
            Opened.Add(stream);
        }

        return stream;
    }
}

/// <summary>Delivers blocks of 20 ms of ones as fast as they are read, with the current time; then fails.</summary>
internal sealed class FaultyStream(int sampleRate, int blocks, AudioDeviceError end) : IAudioSource
{
    private int _left = blocks;

    public string Name => "faulty";

    public int SampleRate => sampleRate;

    public bool IsLive => true;

    public bool IsDisposed { get; private set; }

    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_left-- <= 0)
        {
            throw new AudioDeviceException(end, "It is over.");
        }

        var count = Math.Min(destination.Length, sampleRate / 50);
        destination[..count].Fill(1);
        return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
    }

    public void Dispose() => IsDisposed = true;
}
