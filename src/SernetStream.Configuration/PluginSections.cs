namespace SernetStream.Configuration;

/// <summary>
/// Collects the settings of plugins. Naming a plugin in the file, even with nothing below it, loads it; <c>enabled:
/// false</c> does not; <c>--plugin</c> does in any case.
/// </summary>
internal sealed class PluginSections
{
    private const string EnabledKey = "enabled";

    private static readonly string[] Secrets =
        ["authorization", "proxy_authorization", "secret", "password", "passphrase", "token", "api_key"];

    private readonly Dictionary<string, Section> _sections = new(StringComparer.Ordinal);

    private sealed class Section(Origin origin)
    {
        public Origin Origin { get; } = origin;

        public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

        public bool IsEnabled { get; set; } = true;
    }

    /// <summary>The plugins that were named.</summary>
    public IEnumerable<string> Names => _sections.Keys;

    /// <summary>Takes a plugin that is to be loaded.</summary>
    public void Add(string name, Origin origin) => SectionOf(name, origin).IsEnabled = true;

    /// <summary>Takes a value whose key begins with the plugin's name.</summary>
    public void Take(Assignment said, ProblemList problems)
    {
        var dot = said.Key.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            if (said.Text.Length > 0)
            {
                problems.Add(said.Origin, $"plugins.{said.Key} is '{said.Text}'; it must be a section, or empty.");
            }

            SectionOf(said.Key, said.Origin);
            return;
        }

        var section = SectionOf(said.Key[..dot], said.Origin);
        var key = said.Key[(dot + 1)..];
        if (Secrets.Contains(LastPart(key)) && !PluginVariables.IsOne(said.Origin.Name))
        {
            var name = said.Key[..dot];
            problems.Add(
                said.Origin,
                $"plugins.{said.Key} is a secret, which does not belong here; write it to a file that only the daemon can read, "
                + $"and name that file with plugins.{name}.{LastPart(key)}_file (or set {PluginVariables.Of(name, LastPart(key))}).");
        }
        else if (key != EnabledKey)
        {
            section.Values[key.Replace('.', ':')] = said.Text;
        }
        else if (bool.TryParse(said.Text, out var enabled))
        {
            section.IsEnabled = enabled;
        }
        else
        {
            problems.Add(said.Origin, $"{said.Origin.Name} is '{said.Text}'; it must be true or false.");
        }
    }

    /// <summary>The plugins that are to be loaded.</summary>
    public IReadOnlyList<PluginSection> Enabled() =>
    [
        .. _sections.Where(section => section.Value.IsEnabled)
            .Select(section => new PluginSection(section.Key, section.Value.Values, section.Value.Origin)),
    ];

    private static string LastPart(string key) =>
        key[(key.LastIndexOf('.') + 1)..].ToLowerInvariant().Replace('-', '_');

    private Section SectionOf(string name, Origin origin)
    {
        if (!_sections.TryGetValue(name, out var section))
        {
            section = new Section(origin);
            _sections.Add(name, section);
        }

        return section;
    }
}
