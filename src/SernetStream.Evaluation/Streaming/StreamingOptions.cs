using SernetStream.Models;

namespace SernetStream.Evaluation.Streaming;

/// <summary>How the utterances of a data set are played as one stream.</summary>
internal sealed record StreamingOptions
{
    /// <summary>Orders the utterances and the noises, and draws the pauses.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether the utterances come as they are given; otherwise their order is drawn.</summary>
    public bool InOrder { get; init; }

    /// <summary>Shortest and longest pause before, between and after utterances, in seconds.</summary>
    public (double Min, double Max) Pause { get; init; } = (1.5, 4);

    /// <summary>A recording, or a folder of them, that is looped under the stream; null: none.</summary>
    public string? Noise { get; init; }

    /// <summary>As <see cref="Pipeline.PipelineOptions.Learns"/>.</summary>
    public bool Learns { get; init; }

    /// <summary>Which of the model's measured points is used; a model without them has its own threshold.</summary>
    public Sensitivity Sensitivity { get; init; } = Sensitivity.Normal;

    /// <summary>What every label must reach, as <c>smoothing.enter</c> says it; null: <see cref="Sensitivity"/> decides.</summary>
    public float? Threshold { get; init; }

    /// <summary>How much louder each utterance's speech is than the noise, in decibels (RMS).</summary>
    public double SnrDb { get; init; } = 10;
}
