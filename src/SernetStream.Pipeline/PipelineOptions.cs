using SernetStream.Inference.Speech;
using static SernetStream.Dsp.OptionRange;

namespace SernetStream.Pipeline;

/// <summary>How a pipeline listens and judges. Durations are in seconds.</summary>
public sealed record PipelineOptions
{
    /// <summary>Name of the node in every event.</summary>
    public string Node { get; init; } = "sernet";

    /// <summary>How often an utterance that goes on is classified; rounded to whole steps of the speech gate (32 ms).</summary>
    public double HopSeconds { get; init; } = 0.512;

    /// <summary>A live window older than this when its turn comes is skipped.</summary>
    public double LatencyBudgetSeconds { get; init; } = 0.5;

    /// <summary>Stop after this much audio; null: never.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>When utterances begin and end.</summary>
    public SpeechGateOptions Gate { get; init; } = new();

    /// <summary>How single classifications become a mood.</summary>
    public SmootherOptions Smoother { get; init; } = new();

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not.</exception>
    public void Validate()
    {
        Require(Node.Length > 0, Node, "a name");
        Require(HopSeconds is >= 0.032 and <= 10, HopSeconds, "0.032..10");
        Require(LatencyBudgetSeconds is >= 0.01 and <= 60, LatencyBudgetSeconds, "0.01..60");
        Require(DurationSeconds is null or > 0, DurationSeconds, "greater than 0");
        Gate.Validate();
        Smoother.Validate();
    }
}
