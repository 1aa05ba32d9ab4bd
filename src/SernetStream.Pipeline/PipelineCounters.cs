namespace SernetStream.Pipeline;

/// <summary>What went through a pipeline, and what did not. Each number has one writer; any thread may read.</summary>
public sealed class PipelineCounters
{
    private long _samplesIn;
    private long _samplesLost;
    private long _utterances;
    private long _windowsCut;
    private long _windowsSkipped;
    private long _windowsLate;
    private long _windowsClassified;
    private long _events;

    /// <summary>Samples received from the source, at its rate.</summary>
    public long SamplesIn => Volatile.Read(ref _samplesIn);

    /// <summary>Samples that the source captured but could not keep (overrun), at its rate.</summary>
    public long SamplesLost => Volatile.Read(ref _samplesLost);

    /// <summary>Utterances that began.</summary>
    public long Utterances => Volatile.Read(ref _utterances);

    /// <summary>Windows cut: each is then classified, skipped, late, or waiting.</summary>
    public long WindowsCut => Volatile.Read(ref _windowsCut);

    /// <summary>Windows that a newer one replaced before their turn came.</summary>
    public long WindowsSkipped => Volatile.Read(ref _windowsSkipped);

    /// <summary>Windows older than the latency budget when their turn came.</summary>
    public long WindowsLate => Volatile.Read(ref _windowsLate);

    /// <summary>Windows classified.</summary>
    public long WindowsClassified => Volatile.Read(ref _windowsClassified);

    /// <summary>Events handed to the publishers.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>From the capture of the newest sample a decision used to the hand-over of its event.</summary>
    public LatencyHistogram Latency { get; } = new();

    internal void CountSamples(int received, long lost)
    {
        Interlocked.Add(ref _samplesIn, received);
        Interlocked.Add(ref _samplesLost, lost);
    }

    internal void CountUtterance() => Interlocked.Increment(ref _utterances);

    internal void CountWindow() => Interlocked.Increment(ref _windowsCut);

    internal void CountSkipped() => Interlocked.Increment(ref _windowsSkipped);

    internal void CountLate() => Interlocked.Increment(ref _windowsLate);

    internal void CountClassified() => Interlocked.Increment(ref _windowsClassified);

    internal long CountEvent() => Interlocked.Increment(ref _events);
}
