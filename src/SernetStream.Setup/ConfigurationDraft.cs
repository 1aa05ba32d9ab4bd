using SernetStream.Configuration;
using SernetStream.Configuration.Reference;

namespace SernetStream.Setup;

/// <summary>
/// A configuration file as it is to be: what is there, or the template, with some settings changed. It lies beside the file
/// until it is written, so that exactly what will be there is tested, and takes its place in one step.
/// </summary>
internal sealed class ConfigurationDraft : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly string _next;
    private readonly string _before;
    private readonly SettingValues _valuesBefore;
    private readonly Dictionary<Setting, string> _wanted = [];
    private List<string>? _changes;

    /// <param name="file">The file; it need not be there.</param>
    /// <exception cref="ConfigurationException">What is there is wrong.</exception>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public ConfigurationDraft(string file)
    {
        var full = Path.GetFullPath(file);
        IsNew = !System.IO.File.Exists(full);
        File = (IsNew ? null : System.IO.File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName) ?? full;
        _next = File + ".new";
        _valuesBefore = IsNew ? SettingsLoader.Load(CommandLineSettings.None, NoVariables) : Load(File);
        try
        {
            _before = IsNew ? Template() : System.IO.File.ReadAllText(File);

            // Only whether it can be: it is written when it is tested.
            System.IO.File.WriteAllText(_next, _before);
            System.IO.File.Delete(_next);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Failed, $"{File} cannot be written: {error.Message} Run it with sudo, or choose another file by --config.");
        }
    }

    /// <summary>What the node is called if nobody says it.</summary>
    public static string Nameless => SettingsLoader.Load(CommandLineSettings.None, NoVariables).Node();

    /// <summary>Where the file is.</summary>
    public string File { get; }

    /// <summary>Whether there was none.</summary>
    public bool IsNew { get; }

    /// <summary>The lines that are not as they were.</summary>
    public List<string> Changes => _changes ??= Save();

    /// <summary>The settings that the file has with another value.</summary>
    public IReadOnlyList<string> Replaced =>
    [
        .. _wanted.Where(wanted => Said(wanted.Key) is { } said && said != wanted.Value).Select(wanted => $"{wanted.Key.Key}: {Said(wanted.Key)}"),
    ];

    /// <summary>What is wrong with a setting that goes to a broker; null: nothing.</summary>
    public static string? Problem(Setting setting, string text)
    {
        try
        {
            SettingsLoader.Load(
                new CommandLineSettings(
                    null, [new Assignment(Settings.MqttBroker.Key, "localhost", new Origin("")), new Assignment(setting.Key, text, new Origin("It"))], []),
                NoVariables).Mqtt();
            return null;
        }
        catch (ConfigurationException error)
        {
            return error.Problems[0];
        }
    }

    /// <summary>What the file says of a setting; null: nothing, or an empty text.</summary>
    public string? Said(Setting setting) =>
        _valuesBefore.OriginOf(setting) is not null && _valuesBefore.TextOf(setting) is { Length: > 0 } text ? text : null;

    /// <summary>Sets a setting in the draft.</summary>
    public void Set(Setting setting, string value)
    {
        _wanted[setting] = value;
        _changes = null;
    }

    /// <summary>Sets a setting to nothing, if it is anything.</summary>
    public void SetNothing(Setting setting)
    {
        _wanted.Remove(setting);
        if (Said(setting) is not null)
        {
            _wanted[setting] = "";
        }

        _changes = null;
    }

    /// <summary>The settings of the draft, and nothing of the environment.</summary>
    /// <exception cref="CommandException">The file is written in a form in which single settings cannot be changed.</exception>
    public SettingValues Load()
    {
        _changes = Save();
        var values = Load(_next);
        foreach (var (setting, value) in _wanted)
        {
            if (values.TextOf(setting) != value)
            {
                throw new CommandException(
                    ExitCode.Usage, $"{File} is written in a form that setup cannot change; set {setting.Key}: {value} there by hand.");
            }
        }

        return values;
    }

    /// <summary>Puts the draft into the place of the file.</summary>
    public void Write()
    {
        Load();
        if (!IsNew && !OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(_next, System.IO.File.GetUnixFileMode(File));
        }

        System.IO.File.Move(_next, File, overwrite: true);
    }

    /// <summary>Removes the draft, if it was not written.</summary>
    public void Dispose() => System.IO.File.Delete(_next);

    private static SettingValues Load(string file) => SettingsLoader.Load(new CommandLineSettings(file, [], []), NoVariables);

    private static string Template()
    {
        using var text = new StringWriter { NewLine = "\n" };
        ConfigurationTemplate.Write(text);
        return text.ToString();
    }

    private List<string> Save()
    {
        var text = new SettingsText(_before);
        foreach (var (setting, value) in _wanted)
        {
            if (Said(setting) != value)
            {
                text.Set(setting, value);
            }
        }

        System.IO.File.WriteAllText(_next, text.ToString());
        return text.Changes;
    }
}
