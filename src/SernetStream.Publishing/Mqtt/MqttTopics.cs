namespace SernetStream.Publishing.Mqtt;

/// <summary>The topics of one node, and the payloads of its availability.</summary>
public sealed class MqttTopics
{
    /// <summary>The topics of <paramref name="node"/> below <paramref name="baseTopic"/>.</summary>
    public MqttTopics(string baseTopic, string node)
    {
        var root = $"{baseTopic}/{node}";
        Availability = $"{root}/availability";
        State = $"{root}/state";
        Attributes = $"{root}/attributes";
        Event = $"{root}/event";
        Scores = $"{root}/scores";
    }

    /// <summary><c>online</c> or <c>offline</c>; retained.</summary>
    public string Availability { get; }

    /// <summary>Emotion, confidence, speech and mute; retained, on change.</summary>
    public string State { get; }

    /// <summary>Probabilities, model and times of the newest judgement; retained.</summary>
    public string Attributes { get; }

    /// <summary>Each final and change event.</summary>
    public string Event { get; }

    /// <summary>Each interim event, where that is turned on.</summary>
    public string Scores { get; }

    internal static ReadOnlySpan<byte> Online => "online"u8;

    internal static ReadOnlySpan<byte> Offline => "offline"u8;
}
