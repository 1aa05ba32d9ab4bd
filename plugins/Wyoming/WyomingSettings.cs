using System.ComponentModel.DataAnnotations;

namespace SernetStream.Plugins.Wyoming;

/// <summary>The section <c>plugins: Wyoming:</c> of the configuration.</summary>
internal sealed class WyomingSettings : IValidatableObject
{
    /// <summary>
    /// Where to listen: <c>tcp://host:port</c>, <c>unix:///path</c>. The protocol has no password, so it is this machine
    /// alone unless another host is named, such as 0.0.0.0 for every network.
    /// </summary>
    public string[] Uris { get; set; } = ["tcp://127.0.0.1:10600"];

    /// <summary>Which events are sent.</summary>
    public EmotionEventKind[] Kinds { get; set; } = [EmotionEventKind.Final, EmotionEventKind.Change];

    /// <summary>Emotions that are announced as wake words, for programs that know no emotions, such as Home Assistant.</summary>
    public string[] WakeEmotions { get; set; } = [];

    /// <summary>Seconds in which an emotion wakes the same machine only once.</summary>
    [Range(0, 86400, ErrorMessage = "it must be 0 to 86400 seconds.")]
    public double Refractory { get; set; } = 5;

    /// <summary>Whether the microphone is held while a satellite that uses this server as its event service plays.</summary>
    public bool HoldWhileSpeaking { get; set; } = true;

    /// <summary>Seconds after which the microphone is let go although the satellite never said that it has finished.</summary>
    [Range(1, 3600, ErrorMessage = "it must be 1 to 3600 seconds.")]
    public double LongestSpeech { get; set; } = 120;

    /// <summary>Seconds of echo after the satellite has finished in which the microphone is held still.</summary>
    [Range(0, 10, ErrorMessage = "it must be 0 to 10 seconds.")]
    public double Echo { get; set; } = 0.5;

    /// <summary>Name under which the server is announced on the network (mDNS); empty: it is not. Null: the node's.</summary>
    public string? Announce { get; set; }

    /// <summary>How many connections there may be at once.</summary>
    [Range(1, 1000, ErrorMessage = "it must be 1 to 1000.")]
    public int Connections { get; set; } = 16;

    /// <summary>Seconds that the rest of an event may take to come, and an answer to be read.</summary>
    [Range(0.1, 3600, ErrorMessage = "it must be 0.1 to 3600 seconds.")]
    public double IdleLimit { get; set; } = 30;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Uris is [])
        {
            yield return new ValidationResult("it must name where to listen, such as tcp://127.0.0.1:10600.", [nameof(Uris)]);
        }

        foreach (var uri in Uris.Where(uri => Endpoint.Find(uri) is null))
        {
            yield return new ValidationResult(
                $"'{uri}' is not an address to listen at; write tcp://127.0.0.1:10600 or unix:///run/sernetd/wyoming.sock.", [nameof(Uris)]);
        }
    }
}
