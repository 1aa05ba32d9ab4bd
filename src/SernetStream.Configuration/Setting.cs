using System.Text.Json;

namespace SernetStream.Configuration;

/// <summary>
/// A setting: its key, meaning, range and default. Everything that names settings (the command line, the file, the
/// environment, the schema, the documentation) is made from these.
/// </summary>
internal abstract class Setting(string key, string help)
{
    /// <summary>Path in the configuration file, sections and name joined by dots: <c>mqtt.keep_alive</c>.</summary>
    public string Key { get; } = key;

    /// <summary>What it means, in sentences.</summary>
    public string Help { get; } = help;

    /// <summary>The option of <c>sernetd run</c> as help shows it, <c>-d, --device DEV</c>; null: only <c>--set KEY=VALUE</c>.</summary>
    public string? Option { get; init; }

    /// <summary>Its long form, <c>--device</c>.</summary>
    public string? Flag => OptionPart(part => part.StartsWith("--", StringComparison.Ordinal));

    /// <summary>Its short form, <c>-d</c>.</summary>
    public string? ShortFlag => OptionPart(part => part is ['-', not '-', ..]);

    /// <summary>What stands for the value in help, <c>DEV</c>.</summary>
    public string Placeholder => OptionPart(part => part[0] != '-') ?? "VALUE";

    /// <summary>What a number counts: <c>s</c>, <c>Hz</c>; empty for none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The environment variable, <c>SERNET_MQTT_KEEP_ALIVE</c>.</summary>
    public string Variable => SettingsEnvironment.Prefix + Key.Replace('.', '_').ToUpperInvariant();

    /// <summary>Section of the file, empty for the top level.</summary>
    public string Section => Key.LastIndexOf('.') is var dot and >= 0 ? Key[..dot] : "";

    /// <summary>Name within the section.</summary>
    public string Name => Key[(Key.LastIndexOf('.') + 1)..];

    /// <summary>What it may be, to be read after "it must be": <c>0..1</c>, <c>real or max</c>.</summary>
    public abstract string Range { get; }

    /// <summary>The default as it would be written in the file; empty if there is none.</summary>
    public abstract string DefaultText { get; }

    /// <summary>The default.</summary>
    public abstract object? DefaultValue { get; }

    /// <summary>Whether the value can be left out after the flag, which then means true.</summary>
    public virtual bool IsSwitch => false;

    /// <summary>
    /// The value if it is left empty, where that depends on other settings; null: what <see cref="Help"/> says.
    /// </summary>
    public Func<SettingValues, string>? WhenEmpty { get; init; }

    /// <summary>Values that the completion of a shell proposes; may be empty.</summary>
    public virtual IReadOnlyList<string> Suggestions { get; init; } = [];

    /// <summary>Reads a value.</summary>
    /// <returns>Null, or what is wrong with the text, to be read after the setting's name: "is 'x'; it must be …".</returns>
    public abstract string? Read(string text, out object? value);

    /// <summary>A value as it would be written in the file.</summary>
    public abstract string Format(object? value);

    /// <summary>Writes the JSON schema of the value into an object that is open.</summary>
    public abstract void WriteSchema(Utf8JsonWriter writer);

    /// <summary>A range with its unit.</summary>
    protected string InUnit(string range) => Unit.Length == 0 ? range : $"{range} {Unit}";

    private string? OptionPart(Predicate<string> isIt) =>
        Option is null ? null : Array.Find(Option.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries), isIt);
}

/// <summary>A setting of a known type.</summary>
/// <typeparam name="T">What its value is in the program.</typeparam>
internal abstract class Setting<T>(string key, T defaultValue, string help) : Setting(key, help)
{
    /// <summary>The default.</summary>
    public T Default { get; } = defaultValue;

    public sealed override object? DefaultValue => Default;

    public sealed override string DefaultText => Format(Default);

    public sealed override string? Read(string text, out object? value)
    {
        var problem = Parse(text, out var typed);
        value = typed;
        return problem;
    }

    public sealed override string Format(object? value) => Text((T)value!);

    /// <inheritdoc cref="Setting.Read"/>
    protected abstract string? Parse(string text, out T value);

    /// <inheritdoc cref="Setting.Format"/>
    protected abstract string Text(T value);

    /// <summary>The sentence for a value out of range.</summary>
    protected string Refuse(string text) => $"is '{OnOneLine(text)}'; it must be {Range}.";

    // A file that is damaged, or indented wrongly, may put many lines into a value.
    private static string OnOneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
