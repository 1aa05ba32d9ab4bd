using System.ComponentModel.DataAnnotations;

namespace SernetStream.Plugins.Hermes;

/// <summary>The section <c>plugins: Hermes:</c> of the configuration.</summary>
internal sealed class HermesSettings : IValidatableObject
{
    private const string Forms = "write mqtt://host:1883, or mqtts://host:8883 for TLS";

    /// <summary>The broker of Rhasspy. Its own, where it has one, is at port 12183.</summary>
    public Uri Broker { get; set; } = new("mqtt://127.0.0.1:1883");

    /// <summary>The user's name at the broker; null: none.</summary>
    public string? Username { get; set; }

    /// <summary>The user's password. It is a secret: it comes from the environment, or from a file.</summary>
    public string? Password { get; set; }

    /// <summary>The room, as Rhasspy's <c>siteId</c> calls it.</summary>
    public string SiteId { get; set; } = "default";

    /// <summary>Which events are published.</summary>
    public EmotionEventKind[] Kinds { get; set; } = [EmotionEventKind.Final, EmotionEventKind.Change];

    /// <summary>Emotions that are published as wake words as well.</summary>
    public string[] WakeEmotions { get; set; } = [];

    /// <summary>Seconds in which an emotion wakes only once.</summary>
    [Range(0, 86400, ErrorMessage = "it must be 0 to 86400 seconds.")]
    public double Refractory { get; set; } = 5;

    /// <summary>The name of an intent as which a change of mood is published as well; empty: none.</summary>
    public string Intent { get; set; } = "";

    /// <summary>Whether the microphone is held while Rhasspy plays something in this room.</summary>
    public bool HoldWhileSpeaking { get; set; } = true;

    /// <summary>Seconds after which the microphone is let go although Rhasspy never said that it has finished.</summary>
    [Range(1, 3600, ErrorMessage = "it must be 1 to 3600 seconds.")]
    public double LongestSpeech { get; set; } = 120;

    /// <summary>Seconds of echo after Rhasspy has finished in which the microphone is held still.</summary>
    [Range(0, 10, ErrorMessage = "it must be 0 to 10 seconds.")]
    public double Echo { get; set; } = 0.5;

    /// <summary>Whether the connection is encrypted.</summary>
    internal bool IsEncrypted => Broker.Scheme == "mqtts";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Broker is not { IsAbsoluteUri: true, Scheme: "mqtt" or "mqtts", Host.Length: > 0 })
        {
            yield return new ValidationResult($"it is not the address of a broker; {Forms}.", [nameof(Broker)]);
        }
        else if (Broker.UserInfo.Length > 0)
        {
            yield return new ValidationResult("it must not hold a user: write username, and a file in password_file.", [nameof(Broker)]);
        }

        if (!IsLevel(SiteId))
        {
            yield return new ValidationResult($"'{SiteId}' is not a siteId: it must not be empty, nor hold / + or #.", [nameof(SiteId)]);
        }

        if (Intent.Length > 0 && !IsLevel(Intent))
        {
            yield return new ValidationResult($"'{Intent}' is not the name of an intent: it must not hold / + or #.", [nameof(Intent)]);
        }

        if (Password is not null && Username is null)
        {
            yield return new ValidationResult("it needs username too.", [nameof(Password)]);
        }
    }

    private static bool IsLevel(string text) => text.Length > 0 && !text.AsSpan().ContainsAny("/+#\0");
}
