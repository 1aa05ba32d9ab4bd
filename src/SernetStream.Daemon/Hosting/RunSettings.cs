using SernetStream.Audio;
using SernetStream.Inference.Speech;

namespace SernetStream.Daemon.Hosting;

/// <summary>Where events are printed.</summary>
internal enum OutputFormat
{
    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>Nowhere.</summary>
    None,
}

/// <summary>What decides that somebody speaks.</summary>
internal enum GateKind
{
    Silero,
    Energy,
    Off,
}

/// <summary>Everything <c>sernetd run</c> was asked for.</summary>
internal sealed record RunSettings
{
    public required string Device { get; init; }

    /// <summary>Whether a device that is not there at the start is waited for.</summary>
    public bool WaitDevice { get; init; }

    public required PlaybackSpeed Speed { get; init; }

    public required string Model { get; init; }

    public required string Node { get; init; }

    public required GateKind Gate { get; init; }

    public required OutputFormat Output { get; init; }

    public double? DurationSeconds { get; init; }

    public string? MqttAddress { get; init; }

    public string? MqttUser { get; init; }

    public string? MqttPasswordFile { get; init; }

    public bool MqttScores { get; init; }

    /// <summary>The host's name without its domain, or what can stand in an MQTT topic of it.</summary>
    public static string DefaultNode()
    {
        var host = Environment.MachineName.Split('.')[0];
        var usable = string.Concat(host.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return usable.Length > 0 ? usable : "sernet";
    }

    public ISpeechDetector CreateDetector() => Gate switch
    {
        GateKind.Energy => new EnergyDetector(),
        GateKind.Off => new AlwaysSpeech(),
        _ => new SileroDetector(),
    };
}
