using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SernetStream.Plugins;

namespace SernetStream.PluginProtocol;

/// <summary>The plugin to load, and the facts that it gets about the daemon.</summary>
/// <param name="Protocol">The daemon's <see cref="Frame.Version"/>.</param>
/// <param name="Name">The plugin's name.</param>
/// <param name="Path">Its assembly.</param>
/// <param name="Node">The node's name.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Labels">The model's labels.</param>
/// <param name="Section">The path of its section, such as <c>plugins:Lamp</c>.</param>
/// <param name="Settings">What the section says, by whole keys.</param>
public sealed record LoadMessage(
    int Protocol,
    string Name,
    string Path,
    string Node,
    string Model,
    IReadOnlyList<string> Labels,
    string Section,
    IReadOnlyDictionary<string, string?> Settings);

/// <summary>How important a line of the log is.</summary>
public enum LineLevel
{
    /// <summary>For people who look for a fault.</summary>
    Debug,

    /// <summary>A change of state.</summary>
    Information,

    /// <summary>Something is wrong, and the plugin carries on.</summary>
    Warning,

    /// <summary>Somebody has to fix something.</summary>
    Error,
}

/// <summary>A line for the log, or the reason of a hold.</summary>
/// <param name="Level">How important it is.</param>
/// <param name="Text">What it says.</param>
public sealed record LogMessage(LineLevel Level, string Text);

/// <summary>The format of a stream's audio.</summary>
/// <param name="Rate">Frames per second.</param>
/// <param name="Width">Bytes a sample.</param>
/// <param name="Channels">Channels.</param>
public sealed record StreamMessage(int Rate, int Width, int Channels);

/// <summary>What kind of exception the other end met.</summary>
public enum FailureReason
{
    /// <summary>Something of the plugin's own.</summary>
    Thrown,

    /// <summary>A <see cref="PluginException"/>: trying again does not help.</summary>
    Refused,

    /// <summary>An <see cref="ArgumentException"/>.</summary>
    Argument,

    /// <summary>An <see cref="InvalidOperationException"/>.</summary>
    State,

    /// <summary>An <see cref="OperationCanceledException"/>.</summary>
    Cancelled,
}

/// <summary>Why a question was not answered.</summary>
/// <param name="Reason">What kind of exception it was.</param>
/// <param name="Type">The name of its type.</param>
/// <param name="Text">Its message.</param>
/// <param name="Detail">All of it, for people who look for the fault.</param>
public sealed record FailureMessage(FailureReason Reason, string Type, string Text, string Detail);

/// <summary>An event of the room: one of the two is there.</summary>
/// <param name="Speaking">Whether somebody speaks now.</param>
/// <param name="Emotion">An emotion that was judged.</param>
public sealed record HeardMessage(bool? Speaking, EmotionMessage? Emotion)
{
    /// <summary>The message of an event.</summary>
    public static HeardMessage Of(RoomEvent heard) => heard switch
    {
        EmotionHeard { Event: var emotion } => new HeardMessage(null, EmotionMessage.Of(emotion)),
        SpeechChanged { Speaking: var speaking } => new HeardMessage(speaking, null),
        _ => throw new ArgumentOutOfRangeException(nameof(heard), heard, "There is no such event."),
    };

    /// <summary>The event again.</summary>
    public RoomEvent ToEvent() => Emotion is null ? new SpeechChanged(Speaking ?? false) : new EmotionHeard(Emotion.ToEvent());
}

/// <summary>An <see cref="EmotionEvent"/> to the last bit; its JSON for people is rounded.</summary>
public sealed record EmotionMessage(
    string Node,
    EmotionEventKind Kind,
    long Sequence,
    DateTimeOffset Time,
    double AudioStart,
    double AudioEnd,
    string Emotion,
    float Confidence,
    float? Arousal,
    string Previous,
    IReadOnlyList<string> Labels,
    float[] Probabilities,
    float[] Raw,
    string Model,
    double LatencyMs)
{
    /// <summary>The message of an event.</summary>
    public static EmotionMessage Of(EmotionEvent emotion)
    {
        ArgumentNullException.ThrowIfNull(emotion);
        return new EmotionMessage(
            emotion.Node, emotion.Kind, emotion.Sequence, emotion.Time, emotion.AudioStart, emotion.AudioEnd, emotion.Emotion,
            emotion.Confidence, emotion.Arousal, emotion.Previous, emotion.Probabilities.Labels, emotion.Probabilities.Values.ToArray(),
            emotion.Raw.Values.ToArray(), emotion.Model, emotion.LatencyMs);
    }

    /// <summary>The event again.</summary>
    public EmotionEvent ToEvent() => new()
    {
        Node = Node,
        Kind = Kind,
        Sequence = Sequence,
        Time = Time,
        AudioStart = AudioStart,
        AudioEnd = AudioEnd,
        Emotion = Emotion,
        Confidence = Confidence,
        Arousal = Arousal,
        Previous = Previous,
        Probabilities = new EmotionScores(Labels, Probabilities),
        Raw = new EmotionScores(Labels, Raw),
        Model = Model,
        LatencyMs = LatencyMs,
    };
}

/// <summary>Reads and writes messages without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LoadMessage))]
[JsonSerializable(typeof(LogMessage))]
[JsonSerializable(typeof(StreamMessage))]
[JsonSerializable(typeof(FailureMessage))]
[JsonSerializable(typeof(HeardMessage))]
public sealed partial class MessageJson : JsonSerializerContext
{
    /// <summary>A message as a payload.</summary>
    public static byte[] Write<T>(T message, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(message, type);

    /// <summary>A payload as a message.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, type) ?? throw new InvalidDataException("A message is empty.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"A message cannot be read: {error.Message}", error);
        }
    }
}
