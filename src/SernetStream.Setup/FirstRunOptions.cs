using SernetStream.Configuration;
using SernetStream.Diagnosis;

namespace SernetStream.Setup;

/// <summary>What the flags of <c>sernetd setup</c> say. What is null is asked for.</summary>
internal sealed record FirstRunOptions
{
    /// <summary>What stands for "no broker".</summary>
    public const string NoBroker = "none";

    /// <summary>The microphone.</summary>
    public string? Device { get; init; }

    /// <summary>The broker, or <see cref="NoBroker"/>.</summary>
    public string? Broker { get; init; }

    /// <summary>The user at the broker.</summary>
    public string? User { get; init; }

    /// <summary>The file with the password at the broker.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The node's name, such as the room.</summary>
    public string? Node { get; init; }

    /// <summary>Whether the service is started; null: asked, where there is one.</summary>
    public bool? Service { get; init; }

    /// <summary>Replace settings that the file has already, without asking.</summary>
    public bool Force { get; init; }

    /// <summary>Write the file though its test may fail.</summary>
    public bool IsUntested { get; init; }
}

/// <summary>The tests of a configuration, as <c>doctor</c> has them.</summary>
/// <param name="Device">Opens the device and listens for a second.</param>
/// <param name="Broker">Tries what a node needs of its broker.</param>
internal sealed record FirstRunTests(Func<SettingValues, IEnumerable<Finding>> Device, Func<SettingValues, IEnumerable<Finding>> Broker);
