namespace SernetStream.Configuration;

/// <summary>Where a value comes from.</summary>
/// <param name="Name">What it is called there: <c>--mqtt</c>, <c>SERNET_MQTT_BROKER</c>, <c>mqtt.broker</c>.</param>
/// <param name="File">The configuration file; empty elsewhere.</param>
/// <param name="Line">The line in the file, from 1; 0 elsewhere.</param>
internal sealed record Origin(string Name, string File = "", int Line = 0)
{
    /// <summary>In front of a problem: <c>sernetd.yaml:12: </c>, or nothing.</summary>
    public string Prefix => Line == 0 ? "" : $"{File}:{Line}: ";

    public override string ToString() => Line == 0 ? Name : $"{File}:{Line}";
}

/// <summary>
/// The value of every setting, and where it comes from. Made by <see cref="SettingsLoader"/>; it does not change.
/// </summary>
/// <param name="house">The values of the top level, for those of a room; null: these are they.</param>
internal sealed class SettingValues(SettingValues? house = null)
{
    private readonly Dictionary<Setting, Said> _said = [];

    /// <summary>Sections that belong to plugins, by the plugin's name, in the order they are named.</summary>
    public IReadOnlyList<PluginSection> Plugins { get; init; } = [];

    /// <summary>The configuration file that was read; null: there is none.</summary>
    public string? File { get; init; }

    /// <summary>Warnings, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Rooms, in the order they are named; none: the node is one room.</summary>
    public IReadOnlyList<RoomSettings> Rooms { get; internal set; } = [];

    private sealed record Said(object? Value, string Text, Origin Origin);

    /// <summary>The value of a setting.</summary>
    public T Get<T>(Setting<T> setting) => Find(setting) is { } said ? (T)said.Value! : setting.Default;

    /// <summary>Where the value comes from; null for the default.</summary>
    public Origin? OriginOf(Setting setting) => Find(setting)?.Origin;

    /// <summary>As <see cref="OriginOf"/>; null also for what a room has from the house.</summary>
    public Origin? OwnOriginOf(Setting setting) => _said.GetValueOrDefault(setting)?.Origin;

    /// <summary>The value as it was written, or the default's text. A secret's is the file that holds it.</summary>
    public string TextOf(Setting setting) => Find(setting)?.Text ?? setting.DefaultText;

    internal void Set(Setting setting, object? value, string text, Origin origin) =>
        _said[setting] = new Said(value, text, origin);

    /// <summary>Reads what was said of a setting.</summary>
    internal void Assign(Setting setting, Assignment said, ProblemList problems)
    {
        if (setting.Read(said.Text, out var value) is { } problem)
        {
            problems.Add(said.Origin, $"{said.Origin.Name} {problem}");
        }
        else
        {
            Set(setting, value, said.Text, said.Origin);
        }
    }

    private Said? Find(Setting setting) => _said.GetValueOrDefault(setting) ?? house?.Find(setting);
}

/// <summary>The configuration of one plugin, which alone knows its meaning.</summary>
/// <param name="Name">The plugin's name, as its folder is called.</param>
/// <param name="Values">Keys below the plugin's section, joined by <c>:</c> as in Microsoft.Extensions.Configuration.</param>
/// <param name="Origin">Where the section begins.</param>
internal sealed record PluginSection(string Name, IReadOnlyDictionary<string, string?> Values, Origin Origin);
