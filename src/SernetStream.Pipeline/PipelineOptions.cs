using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;
using static SernetStream.OptionRange;

namespace SernetStream.Pipeline;

/// <summary>How a pipeline listens and judges. Durations are in seconds.</summary>
public sealed record PipelineOptions
{
    /// <summary>Name of the node in every event.</summary>
    public string Node { get; init; } = "sernet";

    /// <summary>Which parts of the stream are classified.</summary>
    public WindowPolicy Windows { get; init; } = WindowPolicy.Utterance;

    /// <summary>
    /// Time between two classifications. Windows end on steps of the speech gate (32 ms), so a hop that is not a
    /// multiple of them is kept on average.
    /// </summary>
    public double HopSeconds { get; init; } = 0.512;

    /// <summary>
    /// How much of a window must be speech, 0..1; for <see cref="WindowPolicy.Sliding"/>.
    /// </summary>
    public double MinSpeechShare { get; init; } = 0.3;

    /// <summary>
    /// A live window older than this when its turn comes is skipped, and a result older than this and a hop is dropped:
    /// so no event is later.
    /// </summary>
    public double LatencyBudgetSeconds { get; init; } = 1;

    /// <summary>Stop after this much audio, lost or not; null: never.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>
    /// Whether a model that has a baseline updates it with each utterance that it has an answer to; only for
    /// <see cref="WindowPolicy.Utterance"/>, as no other window is an utterance. Off by default: a lasting emotion soon
    /// becomes part of the baseline, and is no longer recognised.
    /// </summary>
    public bool Learns { get; init; }

    /// <summary>Number of the last event of the pipeline that this one goes on from; 0: it goes on from none.</summary>
    public long LastSequence { get; init; }

    /// <summary>When utterances begin and end.</summary>
    public SpeechGateOptions Gate { get; init; } = new();

    /// <summary>How single classifications become the smoothed emotion, to begin with; see <see cref="PipelineControls.Smoother"/>.</summary>
    public SmootherOptions Smoother { get; init; } = new();

    /// <summary><see cref="HopSeconds"/> in samples at 16 kHz.</summary>
    internal int HopLength => (int)Math.Round(HopSeconds * FrontEndStage.SampleRate);

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not.</exception>
    public void Validate()
    {
        Require(Node.Length > 0, Node, "a name");
        Require(Enum.IsDefined(Windows), Windows, "Utterance or Sliding");
        Require(HopSeconds is >= 0.032 and <= 10, HopSeconds, "0.032..10");
        Require(MinSpeechShare is >= 0 and <= 1, MinSpeechShare, "0..1");
        Require(LatencyBudgetSeconds is >= 0.01 and <= 60, LatencyBudgetSeconds, "0.01..60");
        Require(DurationSeconds is null or > 0, DurationSeconds, "greater than 0");
        Require(LastSequence >= 0, LastSequence, "0 or more");
        Gate.Validate();
        Smoother.Validate();
    }
}
