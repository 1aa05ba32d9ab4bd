namespace SernetStream;

/// <summary>What made an <see cref="EmotionEvent"/>.</summary>
public enum EmotionEventKind
{
    /// <summary>A classification while the utterance still goes on, once a hop.</summary>
    Interim,

    /// <summary>The classification of a whole utterance, after the speech gate closed.</summary>
    Final,

    /// <summary>The smoothed emotion moved: <see cref="EmotionEvent.Previous"/> → <see cref="EmotionEvent.Emotion"/>.</summary>
    Change,
}

/// <summary>The two states an emotion can have beside the model's own labels.</summary>
public static class EmotionLabel
{
    /// <summary>Somebody speaks, but the model is not sure enough to say how.</summary>
    public const string Unknown = "unknown";

    /// <summary>Nobody has spoken for a while.</summary>
    public const string None = "none";
}

/// <summary>
/// One statement of the daemon about the people in the room. It carries no audio, and audio cannot be reconstructed
/// from it.
/// </summary>
public sealed record EmotionEvent
{
    /// <summary>Name of the node (the room) that heard it, as configured.</summary>
    public required string Node { get; init; }

    /// <summary>What made this event.</summary>
    public required EmotionEventKind Kind { get; init; }

    /// <summary>Counts the events of one run of one node from 1; a gap is an event that was dropped on the way.</summary>
    public required long Sequence { get; init; }

    /// <summary>Wall-clock time (UTC) at which the event left the pipeline.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Start of the audio that was judged, in seconds since the stream began.</summary>
    public required double AudioStart { get; init; }

    /// <summary>End of the audio that was judged, in seconds since the stream began.</summary>
    public required double AudioEnd { get; init; }

    /// <summary>The smoothed emotion: a label of the model, <see cref="EmotionLabel.Unknown"/> or <see cref="EmotionLabel.None"/>.</summary>
    public required string Emotion { get; init; }

    /// <summary>Smoothed probability of <see cref="Emotion"/>, 0..1; of the likeliest label when the emotion is unknown; 0 for none.</summary>
    public required float Confidence { get; init; }

    /// <summary>
    /// How aroused the voice is, from calm (0) to excited (1), after <see cref="Probabilities"/>; null while the emotion is
    /// none, and for a model that says nothing of the arousal of its labels.
    /// </summary>
    public float? Arousal { get; init; }

    /// <summary>The smoothed emotion before this event.</summary>
    public required string Previous { get; init; }

    /// <summary>Smoothed probability of every label of the model; they sum to 1, or are all 0 while the emotion is none.</summary>
    public required EmotionScores Probabilities { get; init; }

    /// <summary>The model's own calibrated probabilities for this window, before smoothing; they sum to 1, or are all 0 where silence made the event.</summary>
    public required EmotionScores Raw { get; init; }

    /// <summary>Name of the model, as in its card.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Milliseconds from the capture of the newest sample that the decision used to the hand-over to the publishers.
    /// </summary>
    public required double LatencyMs { get; init; }
}
