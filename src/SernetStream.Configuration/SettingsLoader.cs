using SernetStream.Configuration.Yaml;

namespace SernetStream.Configuration;

/// <summary>A setting given outside the file: a flag of the command line, or a variable.</summary>
internal readonly record struct Assignment(string Key, string Text, Origin Origin);

/// <summary>The settings of the command line.</summary>
/// <param name="File">The configuration file; null: none was named.</param>
/// <param name="Assignments">In the order they were given; a later one wins.</param>
/// <param name="Plugins">Plugins to load beside those of the file.</param>
internal sealed record CommandLineSettings(
    string? File, IReadOnlyList<Assignment> Assignments, IReadOnlyList<string> Plugins)
{
    public static CommandLineSettings None { get; } = new(null, [], []);
}

/// <summary>Everything that is wrong with a configuration, a sentence each.</summary>
internal sealed class ConfigurationException(IReadOnlyList<string> problems)
    : CommandException(Configuration.ExitCode.Usage, string.Join('\n', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>Collects faults and their places.</summary>
internal sealed class ProblemList
{
    private readonly List<(Origin Origin, string Sentence)> _problems = [];

    public int Count => _problems.Count;

    /// <summary>Adds a sentence.</summary>
    public void Add(Origin origin, string sentence) => _problems.Add((origin, sentence));

    /// <summary>All of them: those of the file in its order, then the others in theirs.</summary>
    public IReadOnlyList<string> Sentences() =>
    [
        .. _problems.OrderBy(problem => problem.Origin.Line == 0 ? int.MaxValue : problem.Origin.Line)
            .Select(problem => problem.Origin.Prefix + problem.Sentence),
    ];
}

/// <summary>
/// Combines the file, the environment and the command line: a later one overrides an earlier one. It collects all
/// problems and reports them at once.
/// </summary>
internal sealed class SettingsLoader
{
    private const string PluginPrefix = Settings.PluginsKey + ".";
    private const string RoomPrefix = Settings.RoomsKey + ".";

    private readonly SettingIndex _index = new(Settings.All);
    private readonly ProblemList _problems = new();
    private readonly List<string> _warnings = [];
    private readonly Dictionary<Setting, Assignment> _assigned = [];
    private readonly PluginSections _plugins = new();
    private readonly RoomSections _rooms;
    private string? _file;

    private SettingsLoader() => _rooms = new RoomSections(_index);

    /// <summary>Loads and checks a configuration.</summary>
    /// <exception cref="ConfigurationException">Something is wrong with it.</exception>
    public static SettingValues Load(CommandLineSettings commandLine, IReadOnlyDictionary<string, string> environment)
    {
        var loader = new SettingsLoader();
        loader._file = commandLine.File ?? environment.GetValueOrDefault(SettingsEnvironment.FileVariable);
        loader.TakeFile(loader._file);
        loader.TakeEnvironment(environment);
        loader.TakePluginVariables(environment, commandLine);
        loader.TakeCommandLine(commandLine);
        return loader.Finish();
    }

    private void TakeFile(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return;
        }

        try
        {
            foreach (var said in ConfigurationFile.Read(path, _problems))
            {
                Take(said);
            }
        }
        catch (YamlFormatException error)
        {
            _problems.Add(new Origin(path, path, error.Line), error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _problems.Add(new Origin(path), $"The configuration file {path} cannot be read: {error.Message}");
        }
    }

    private void TakeEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (variable, text) in environment.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (_index.ByVariable(variable) is { } setting)
            {
                Take(new Assignment(setting.Key, text, new Origin(variable)));
            }
            else if (variable != SettingsEnvironment.FileVariable && !_index.IsSecretVariable(variable) && !PluginVariables.IsOne(variable))
            {
                var near = _index.NearestVariable(variable);
                _warnings.Add($"The environment variable {variable} is not a setting{(near is null ? "" : $"; did you mean {near}?")}");
            }
        }

        // The secret itself is read last: if both the file and the secret are set, the secret wins.
        foreach (var secret in Settings.All.OfType<SecretSetting>())
        {
            if (environment.TryGetValue(secret.SecretVariable, out var value) && value.Length > 0)
            {
                _assigned[secret] = new Assignment(secret.Key, value, new Origin(secret.SecretVariable));
            }
        }
    }

    /// <summary>
    /// A variable can be assigned to a plugin only when all plugins are known, also those that the file and the command
    /// line name.
    /// </summary>
    private void TakePluginVariables(IReadOnlyDictionary<string, string> environment, CommandLineSettings commandLine)
    {
        var variables = environment.Where(entry => PluginVariables.IsOne(entry.Key))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .ToList();
        if (variables.Count == 0)
        {
            return;
        }

        var folder = commandLine.Assignments.LastOrDefault(said => said.Key == Settings.PluginDirectory.Key).Text
            ?? _assigned.GetValueOrDefault(Settings.PluginDirectory).Text;
        var names = _plugins.Names
            .Concat(commandLine.Plugins)
            .Concat(BuiltInPluginNames.All)
            .Concat(PluginVariables.InstalledIn(folder))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        foreach (var (variable, text) in variables)
        {
            if (PluginVariables.KeyOf(variable, names) is { } key)
            {
                _plugins.Take(new Assignment(key, text, new Origin(variable)), _problems);
            }
            else
            {
                _warnings.Add(
                    $"The environment variable {variable} belongs to none of the plugins here: {string.Join(", ", names)}.");
            }
        }
    }

    private void TakeCommandLine(CommandLineSettings commandLine)
    {
        foreach (var assignment in commandLine.Assignments)
        {
            Take(assignment);
        }

        foreach (var name in commandLine.Plugins)
        {
            _plugins.Add(name, new Origin("--plugin"));
        }
    }

    private void Take(Assignment said)
    {
        if (said.Key.StartsWith(PluginPrefix, StringComparison.Ordinal))
        {
            _plugins.Take(said with { Key = said.Key[PluginPrefix.Length..] }, _problems);
        }
        else if (said.Key.StartsWith(RoomPrefix, StringComparison.Ordinal))
        {
            _rooms.Take(said with { Key = said.Key[RoomPrefix.Length..] }, _problems);
        }
        else if (_index.ByKey(said.Key) is { } setting)
        {
            _assigned[setting] = said;
        }
        else
        {
            _problems.Add(said.Origin, _index.Unknown(said.Key));
        }
    }

    private SettingValues Finish()
    {
        var values = new SettingValues { Plugins = _plugins.Enabled(), Warnings = _warnings, File = string.IsNullOrEmpty(_file) ? null : _file };
        foreach (var (setting, said) in _assigned)
        {
            if (setting is SecretSetting secret && said.Origin.Name == secret.SecretVariable)
            {
                values.Set(setting, new Secret(said.Text), secret.SecretVariable, said.Origin);
                continue;
            }

            values.Assign(setting, said, _problems);
        }

        // Rules between settings presume that each is right by itself.
        if (_problems.Count == 0)
        {
            foreach (var rule in Settings.Rules.Where(rule => !rule.Holds(values)))
            {
                _problems.Add(rule.OriginIn(values), rule.Problem(values));
            }
        }

        if (values.Get(Settings.Sensitivity) is not null && values.Get(Settings.Enter) is not null)
        {
            var (sensitivity, enter) = (values.OriginOf(Settings.Sensitivity)!, values.OriginOf(Settings.Enter)!);
            _warnings.Add($"{sensitivity.Prefix}{sensitivity.Name} changes nothing, because {enter.Name} is set too and wins; leave one of them away.");
        }

        TakeRooms(values);
        return _problems.Count == 0 ? values : throw new ConfigurationException(_problems.Sentences());
    }

    /// <summary>A source that is named outside of the file is the one room of this run.</summary>
    private void TakeRooms(SettingValues values)
    {
        var rooms = _rooms.Finish(values, _problems);
        if (rooms.Count == 0)
        {
            return;
        }

        if (values.OriginOf(Settings.Device) is not { } device)
        {
            values.Rooms = rooms;
        }
        else if (device.Line == 0)
        {
            _warnings.Add($"{device.Name} is the only room of this run: the rooms of the configuration are left out.");
        }
        else
        {
            _warnings.Add($"{device.Prefix}{device.Name} changes nothing, because there are rooms, which have sources of their own; leave it away.");
            values.Rooms = rooms;
        }
    }
}
