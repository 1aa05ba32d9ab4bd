namespace SernetStream.Publishing;

/// <summary>How a node has been doing since it was started.</summary>
public sealed record NodeHealth
{
    /// <summary>Seconds of audio heard.</summary>
    public double AudioSeconds { get; init; }

    /// <summary>Milliseconds of audio that were captured but lost.</summary>
    public double LostMs { get; init; }

    /// <summary>Utterances that began.</summary>
    public long Utterances { get; init; }

    /// <summary>Windows that were classified.</summary>
    public long WindowsClassified { get; init; }

    /// <summary>Windows that a newer one replaced before their turn came.</summary>
    public long WindowsSkipped { get; init; }

    /// <summary>Windows that were too old when their turn came.</summary>
    public long WindowsLate { get; init; }

    /// <summary>Events handed to the publishers.</summary>
    public long Events { get; init; }

    /// <summary>Milliseconds from capture to hand-over that half of the events kept to; NaN before the first.</summary>
    public double LatencyP50Ms { get; init; } = double.NaN;

    /// <summary>As <see cref="LatencyP50Ms"/>, for 95 of 100 events.</summary>
    public double LatencyP95Ms { get; init; } = double.NaN;

    /// <summary>As <see cref="LatencyP50Ms"/>, for 99 of 100 events.</summary>
    public double LatencyP99Ms { get; init; } = double.NaN;

    /// <summary>As <see cref="LatencyP50Ms"/>, for all events.</summary>
    public double LatencyMaxMs { get; init; } = double.NaN;
}
