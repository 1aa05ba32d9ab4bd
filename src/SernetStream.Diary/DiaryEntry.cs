namespace SernetStream.Diary;

/// <summary>What the diary keeps of an event: no audio, and nothing of which audio could be made.</summary>
internal sealed record DiaryEntry
{
    /// <summary>Which run of the daemon heard it: entries of one run share a stream, and so its clock.</summary>
    public long Run { get; init; }

    /// <summary>The event's number in its run.</summary>
    public required long Sequence { get; init; }

    /// <summary>The end of an utterance, or a change of mood.</summary>
    public required EmotionEventKind Kind { get; init; }

    /// <summary>When, by the clock on the wall, with the difference to UTC that was in force there.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Start of the audio that was judged, in seconds since the stream began.</summary>
    public required double AudioStart { get; init; }

    /// <summary>Its end.</summary>
    public required double AudioEnd { get; init; }

    /// <inheritdoc cref="EmotionEvent.Emotion"/>
    public required string Emotion { get; init; }

    /// <inheritdoc cref="EmotionEvent.Previous"/>
    public required string Previous { get; init; }

    /// <inheritdoc cref="EmotionEvent.Confidence"/>
    public required float Confidence { get; init; }

    /// <inheritdoc cref="EmotionEvent.Arousal"/>
    public float? Arousal { get; init; }

    /// <inheritdoc cref="EmotionEvent.Probabilities"/>
    public required EmotionScores Probabilities { get; init; }

    /// <inheritdoc cref="EmotionEvent.Model"/>
    public required string Model { get; init; }

    /// <summary>Seconds of the audio that was judged.</summary>
    public double Seconds => AudioEnd - AudioStart;

    /// <summary>What is kept of an event; null: nothing, for it was overtaken by a later one of its utterance.</summary>
    /// <param name="heard">The event.</param>
    /// <param name="zone">Where the house is.</param>
    public static DiaryEntry? Of(EmotionEvent heard, TimeZoneInfo zone) => heard.Kind == EmotionEventKind.Interim ? null : new()
    {
        Sequence = heard.Sequence,
        Kind = heard.Kind,
        Time = TimeZoneInfo.ConvertTime(heard.Time, zone),
        AudioStart = heard.AudioStart,
        AudioEnd = heard.AudioEnd,
        Emotion = heard.Emotion,
        Previous = heard.Previous,
        Confidence = heard.Confidence,
        Arousal = heard.Arousal,
        Probabilities = heard.Probabilities,
        Model = heard.Model,
    };
}
