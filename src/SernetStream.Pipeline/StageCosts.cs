using SernetStream.Native;

namespace SernetStream.Pipeline;

/// <summary>A part of a pipeline whose cost is counted apart.</summary>
public enum Stage
{
    /// <summary>Reading the source: decoding a file, or taking samples out of the capture ring.</summary>
    Source,

    /// <summary>Resampling, features, and cutting windows.</summary>
    FrontEnd,

    /// <summary>Telling speech from other sounds.</summary>
    SpeechGate,

    /// <summary>Running the model.</summary>
    Classifier,

    /// <summary>Smoothing, and handing events over.</summary>
    Smoother,
}

/// <summary>Processor time that each stage has taken, by the clock of the thread that ran it. Any thread may read.</summary>
public sealed class StageCosts
{
    private readonly long[] _nanoseconds = new long[Enum.GetValues<Stage>().Length];

    /// <summary>Processor seconds that a stage has taken so far.</summary>
    public double Seconds(Stage stage) => Volatile.Read(ref _nanoseconds[(int)stage]) * 1e-9;

    /// <summary>The clock of the calling thread, in nanoseconds.</summary>
    internal static long Now() => SystemClocks.OfThread();

    /// <summary>Adds what a stage took, where each stage is run by one thread at a time.</summary>
    internal void Add(Stage stage, long nanoseconds) => Interlocked.Add(ref _nanoseconds[(int)stage], nanoseconds);
}
