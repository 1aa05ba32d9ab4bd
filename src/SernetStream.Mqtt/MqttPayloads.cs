
namespace SernetStream.Mqtt;

/// <summary>
/// What a hub shows of a node: the smoothed emotion, whether somebody speaks, whether nobody listens.
/// </summary>
internal readonly record struct MqttState(string Emotion, float Confidence, bool Speaking, bool Muted)
{
    /// <summary>The state before anything was heard.</summary>
    public static MqttState Initial { get; } = new(EmotionLabel.None, 0, Speaking: false, Muted: false);

    /// <summary>
    /// The state for hubs while somebody speaks and no label is sure enough: to hubs <c>unknown</c> means that there is
    /// no value yet, so automations could not tell the two apart.
    /// </summary>
    public const string Unsure = "unsure";

    /// <summary>All emotions that a hub can get, for a model of these labels.</summary>
    public static IEnumerable<string> Emotions(IEnumerable<string> labels) =>
        labels.Append(EmotionLabel.Unknown).Append(EmotionLabel.None).Select(ForHubs).Distinct();

    /// <summary>The word for an emotion to hubs.</summary>
    public static string ForHubs(string emotion) => emotion == EmotionLabel.Unknown ? Unsure : emotion;
}

/// <summary>The JSON payloads of the topics.</summary>
internal static class MqttPayloads
{
    public static byte[] State(MqttState state) => JsonObject.ToUtf8(writer =>
    {
        writer.WriteString("emotion"u8, MqttState.ForHubs(state.Emotion));
        EmotionEventJson.WriteRounded(writer, "confidence"u8, state.Confidence, 4);
        writer.WriteString("speech"u8, OnOff(state.Speaking));
        writer.WriteString("muted"u8, OnOff(state.Muted));
    });

    /// <summary>The attributes before anything was heard: those of the last run are no longer valid.</summary>
    public static byte[] InitialAttributes(DateTimeOffset time) => JsonObject.ToUtf8(writer =>
    {
        writer.WriteString("time"u8, EmotionEventJson.Timestamp(time));
        writer.WriteNull("arousal"u8);
    });

    public static byte[] Attributes(EmotionEvent emotionEvent) => JsonObject.ToUtf8(writer =>
    {
        writer.WriteString("time"u8, EmotionEventJson.Timestamp(emotionEvent.Time));
        EmotionEventJson.WriteRounded(writer, "audioStart"u8, emotionEvent.AudioStart, 3);
        EmotionEventJson.WriteRounded(writer, "audioEnd"u8, emotionEvent.AudioEnd, 3);
        EmotionEventJson.WriteRounded(writer, "latencyMs"u8, emotionEvent.LatencyMs, 2);
        writer.WriteString("model"u8, emotionEvent.Model);
        EmotionEventJson.WriteRounded(writer, "arousal"u8, emotionEvent.Arousal ?? double.NaN, 3);
        EmotionEventJson.WriteScores(writer, "probabilities"u8, emotionEvent.Probabilities);
    });

    /// <summary>The event's own JSON behind <c>event_type</c>, which Home Assistant's event entities ask for.</summary>
    public static byte[] Event(EmotionEvent emotionEvent) => JsonObject.ToUtf8(writer =>
    {
        writer.WriteString("event_type"u8, EmotionEventJson.KindName(emotionEvent.Kind));
        EmotionEventJson.WriteProperties(writer, emotionEvent);
    });

    private static ReadOnlySpan<byte> OnOff(bool value) => value ? "ON"u8 : "OFF"u8;
}
