namespace SernetStream.Publishing;

/// <summary>What a microphone delivers.</summary>
public enum MicrophoneState
{
    /// <summary>Sound, even if only that of a quiet room.</summary>
    Works,

    /// <summary>Nothing: it is unplugged, or the sound server is away or hangs.</summary>
    Dead,

    /// <summary>Zeros alone: it is muted at the source (a switch on it, or the system's mixer), or it is broken.</summary>
    Muted,
}

/// <summary>What states are called in JSON.</summary>
public static class MicrophoneStates
{
    /// <summary>The name: <c>works</c>, <c>dead</c> or <c>muted</c>.</summary>
    public static string Name(this MicrophoneState state) => state switch
    {
        MicrophoneState.Works => "works",
        MicrophoneState.Dead => "dead",
        MicrophoneState.Muted => "muted",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "There is no such state."),
    };
}

/// <summary>How a node has been doing since it was started.</summary>
public sealed record NodeHealth
{
    /// <summary>What the microphone delivers; null: the node listens to none, but to a file.</summary>
    public MicrophoneState? Microphone { get; init; }

    /// <summary>Seconds of audio heard.</summary>
    public double AudioSeconds { get; init; }

    /// <summary>Milliseconds of audio that were captured but lost.</summary>
    public double LostMs { get; init; }

    /// <summary>The sum of the squares of <see cref="SoundSamples"/> samples: from two moments follows how loud it was between them.</summary>
    public double SoundEnergy { get; init; }

    /// <summary>Samples heard that were not muted, −1..1.</summary>
    public long SoundSamples { get; init; }

    /// <summary>Utterances that began.</summary>
    public long Utterances { get; init; }

    /// <summary>Windows that were classified.</summary>
    public long WindowsClassified { get; init; }

    /// <summary>Windows that a newer one replaced before their turn came.</summary>
    public long WindowsSkipped { get; init; }

    /// <summary>Windows that were too old when their turn came.</summary>
    public long WindowsLate { get; init; }

    /// <summary>Windows without an answer: what the model was given, or gave, were not numbers.</summary>
    public long WindowsFailed { get; init; }

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

    /// <summary>Several rooms as one: their sums, and the worst of their latencies.</summary>
    public static NodeHealth Together(IReadOnlyCollection<NodeHealth> rooms)
    {
        double Worst(Func<NodeHealth, double> value) => rooms.Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
        return new NodeHealth
        {
            AudioSeconds = rooms.Sum(room => room.AudioSeconds),
            LostMs = rooms.Sum(room => room.LostMs),
            Utterances = rooms.Sum(room => room.Utterances),
            WindowsClassified = rooms.Sum(room => room.WindowsClassified),
            WindowsSkipped = rooms.Sum(room => room.WindowsSkipped),
            WindowsLate = rooms.Sum(room => room.WindowsLate),
            WindowsFailed = rooms.Sum(room => room.WindowsFailed),
            Events = rooms.Sum(room => room.Events),
            LatencyP50Ms = Worst(room => room.LatencyP50Ms),
            LatencyP95Ms = Worst(room => room.LatencyP95Ms),
            LatencyP99Ms = Worst(room => room.LatencyP99Ms),
            LatencyMaxMs = Worst(room => room.LatencyMaxMs),
        };
    }
}
