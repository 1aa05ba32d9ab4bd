namespace SernetStream.Publishing.Tests.Support;

/// <summary>Events of a node named kitchen.</summary>
internal static class Events
{
    private static readonly string[] Labels = ["anger", "boredom", "neutral"];

    public static EmotionEvent Make(
        EmotionEventKind kind = EmotionEventKind.Final,
        long sequence = 42,
        string emotion = "anger",
        float confidence = 0.81f,
        string node = "kitchen") => new()
        {
            Node = node,
            Kind = kind,
            Sequence = sequence,
            Time = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero),
            AudioStart = 12.48,
            AudioEnd = 15.48,
            Emotion = emotion,
            Confidence = confidence,
            Arousal = emotion == EmotionLabel.None ? null : 0.785f,
            Previous = "neutral",
            Probabilities = new EmotionScores(Labels, [0.81f, 0.08f, 0.11f]),
            Raw = new EmotionScores(Labels, [0.93f, 0f, 0.07f]),
            Model = "light-sernet-emodb-int8",
            LatencyMs = 9.4,
        };
}
