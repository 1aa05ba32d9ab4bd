using System.ComponentModel.DataAnnotations;

namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>The section <c>plugins: OpenVoiceOS:</c> of the configuration.</summary>
internal sealed class BusSettings : IValidatableObject
{
    /// <summary>The message bus of the assistant.</summary>
    public Uri Url { get; set; } = new("ws://127.0.0.1:8181/core");

    /// <summary>Which events are emitted.</summary>
    public EmotionEventKind[] Kinds { get; set; } = [EmotionEventKind.Final, EmotionEventKind.Change];

    /// <summary>Whether the microphone is held while the assistant speaks.</summary>
    public bool HoldWhileSpeaking { get; set; } = true;

    /// <summary>Whether the microphone is held while that of the assistant is muted.</summary>
    public bool HoldWhileMuted { get; set; } = true;

    /// <summary>
    /// Seconds after which the microphone is let go although the bus never said that the assistant has finished.
    /// </summary>
    [Range(1, 3600, ErrorMessage = "it must be 1 to 3600 seconds.")]
    public double LongestSpeech { get; set; } = 120;

    /// <summary>Seconds of echo after the assistant has finished in which the microphone is held still.</summary>
    [Range(0, 10, ErrorMessage = "it must be 0 to 10 seconds.")]
    public double Echo { get; set; } = 0.5;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not { IsAbsoluteUri: true, Scheme: "ws" or "wss" })
        {
            yield return new ValidationResult($"'{Url}' is not an address such as ws://host:8181/core.", [nameof(Url)]);
        }
    }
}
