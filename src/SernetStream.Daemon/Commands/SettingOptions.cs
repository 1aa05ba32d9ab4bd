using System.CommandLine;
using SernetStream.Configuration;

namespace SernetStream.Daemon.Commands;

/// <summary>
/// The settings as options of a command: the common ones by a flag of their own, all by <c>--set KEY=VALUE</c>. What an
/// option may be and how a wrong one is refused is the setting's own, so the file and the command line speak alike.
/// </summary>
internal sealed class SettingOptions
{
    private readonly List<(Setting Setting, Option<string?> Option)> _flags = [];

    private readonly Option<string?> _config = new("--config", "-c")
    {
        Description = $"Configuration file (YAML); or set {SettingsEnvironment.FileVariable}. 'sernetd config template' prints one.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Set any setting of the configuration file: --set gate.pad=0.2. May be given more than once.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _plugins = new("--plugin")
    {
        Description = "Load this plugin beside those of the configuration file. May be given more than once.",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Gives a command the options.</summary>
    public SettingOptions(Command command)
    {
        foreach (var setting in Settings.All.Where(setting => setting.Flag is not null))
        {
            string[] aliases = setting.ShortFlag is { } alias ? [alias] : [];
            var option = new SettingOption(setting.Flag!, aliases)
            {
                Description = Describe(setting),
                HelpName = setting is SwitchSetting ? "true|false" : setting.Placeholder,
                Arity = setting.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            option.CompletionSources.Add([.. setting.Suggestions]);
            _flags.Add((setting, option));
            command.Add(option);
        }

        command.Add(_config);
        command.Add(_set);
        command.Add(_plugins);
    }

    /// <summary>The settings of the file, the environment and this command line combined.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">A configuration file that was named otherwise than by <c>--config</c>.</param>
    /// <exception cref="ConfigurationException">Something of it is wrong.</exception>
    public SettingValues Load(ParseResult parsed, string? file = null)
    {
        var assignments = new List<Assignment>();
        foreach (var (setting, option) in _flags)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
            {
                assignments.Add(new Assignment(
                    setting.Key, result.Tokens is [var token, ..] ? token.Value : "true", new Origin(option.Name)));
            }
        }

        assignments.AddRange((parsed.GetValue(_set) ?? []).Select(Assign));
        return SettingsLoader.Load(
            new CommandLineSettings(file ?? parsed.GetValue(_config), assignments, parsed.GetValue(_plugins) ?? []),
            SettingsEnvironment.OfThisProcess());
    }

    private static Assignment Assign(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new Assignment(text[..equals], text[(equals + 1)..], new Origin($"--set {text[..equals]}"))
            : throw new ConfigurationException([$"--set is '{text}'; it must be KEY=VALUE, such as gate.pad=0.2."]);
    }

    private static string Describe(Setting setting) => setting switch
    {
        { IsSwitch: true } => setting.Help,
        SecretSetting secret => $"{secret.Help.TrimEnd('.')}; or set {secret.SecretVariable}.",
        { DefaultText.Length: > 0 } => $"{setting.Help} [default: {setting.DefaultText}]",
        _ => setting.Help,
    };
}

/// <summary>A setting's own option: what it may be, also whether empty, the setting says.</summary>
internal sealed class SettingOption(string name, params string[] aliases) : Option<string?>(name, aliases);
