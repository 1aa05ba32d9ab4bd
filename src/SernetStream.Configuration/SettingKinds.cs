using System.Globalization;
using System.Text.Json;

namespace SernetStream.Configuration;

/// <summary>A text, such as a name or a path; empty means none.</summary>
internal sealed class TextSetting(string key, string defaultValue, string help) : Setting<string>(key, defaultValue, help)
{
    /// <summary>
    /// The fault of a text, in a sentence; null if it has none. It must not repeat a possible secret.
    /// </summary>
    public Func<string, string?>? Check { get; init; }

    public override string Range => "a text";

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        // "device: 3" and "node: 12" are texts to us and numbers to YAML.
        JsonObject.WriteTexts(writer, "type"u8, ["string", "number"]);
        writer.WriteString("default"u8, Default);
    }

    protected override string? Parse(string text, out string value)
    {
        value = text;
        return Check?.Invoke(text) is { } problem ? $"cannot be used: {problem}" : null;
    }

    protected override string Text(string value) => value;
}

/// <summary>Yes or no.</summary>
internal sealed class SwitchSetting(string key, bool defaultValue, string help) : Setting<bool>(key, defaultValue, help)
{
    public override string Range => "true or false";

    public override bool IsSwitch => true;

    public override IReadOnlyList<string> Suggestions => ["true", "false"];

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, "boolean"u8);
        writer.WriteBoolean("default"u8, Default);
    }

    protected override string? Parse(string text, out bool value)
    {
        value = Meant(text) ?? false;
        return Meant(text) is null ? Refuse(text) : null;
    }

    /// <summary>What a text says; null for neither.</summary>
    public static bool? Meant(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "1" => true,
        "false" or "no" or "off" or "0" => false,
        _ => null,
    };

    protected override string Text(bool value) => value ? "true" : "false";
}

/// <summary>One of a few words: the members of an enumeration in lower case.</summary>
internal sealed class ChoiceSetting<T>(string key, T defaultValue, string help) : Setting<T>(key, defaultValue, help)
    where T : struct, Enum
{
    private static readonly string[] Words = [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];

    /// <summary>Whether it was once yes or no: what <c>true</c> and <c>false</c> mean now.</summary>
    public (T True, T False)? OnceSwitch { get; init; }

    public override string Range => Words.Length == 1
        ? Words[0]
        : $"{string.Join(", ", Words[..^1])} or {Words[^1]}";

    public override IReadOnlyList<string> Suggestions => Words;

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("enum"u8);
        foreach (var word in Words)
        {
            writer.WriteStringValue(word);
        }

        if (OnceSwitch is not null)
        {
            writer.WriteBooleanValue(true);
            writer.WriteBooleanValue(false);
        }

        writer.WriteEndArray();
        writer.WriteString("default"u8, Text(Default));
    }

    protected override string? Parse(string text, out T value)
    {
        if (OnceSwitch is { } once && SwitchSetting.Meant(text) is { } meant)
        {
            value = meant ? once.True : once.False;
            return null;
        }

        var index = Array.IndexOf(Words, text.ToLowerInvariant());
        value = index < 0 ? default : Enum.GetValues<T>()[index];
        return index < 0 ? Refuse(text) : null;
    }

    protected override string Text(T value) => value.ToString().ToLowerInvariant();
}

/// <summary>One of a few words, the members of an enumeration in lower case, or none.</summary>
internal sealed class OptionalChoiceSetting<T>(string key, string help) : Setting<T?>(key, null, help)
    where T : struct, Enum
{
    private readonly ChoiceSetting<T> _choice = new(key, default, help);

    public override string Range => _choice.Range;

    public override IReadOnlyList<string> Suggestions => _choice.Suggestions;

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("enum"u8);
        foreach (var word in Suggestions)
        {
            writer.WriteStringValue(word);
        }

        writer.WriteNullValue();
        writer.WriteEndArray();
    }

    protected override string? Parse(string text, out T? value)
    {
        object? read = null;
        var problem = text.Length == 0 ? null : _choice.Read(text, out read);
        value = problem is null ? (T?)read : null;
        return problem;
    }

    protected override string Text(T? value) => value is { } chosen ? _choice.Format(chosen) : "";
}

/// <summary>A number within bounds.</summary>
internal sealed class NumberSetting(string key, double defaultValue, Bounds bounds, string help)
    : Setting<double>(key, defaultValue, help)
{
    public Bounds Bounds { get; } = bounds;

    public override string Range => InUnit(Bounds.ToString());

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, "number"u8);
        Bounds.WriteSchema(writer);
        writer.WriteNumber("default"u8, Default);
    }

    protected override string? Parse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && Bounds.Hold(value)
            ? null
            : Refuse(text);

    protected override string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A number within bounds, or none.</summary>
internal sealed class OptionalNumberSetting(string key, Bounds bounds, string help) : Setting<double?>(key, null, help)
{
    public Bounds Bounds { get; } = bounds;

    public override string Range => InUnit(Bounds.ToString());

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        JsonObject.WriteTexts(writer, "type"u8, ["number", "null"]);
        Bounds.WriteSchema(writer);
    }

    protected override string? Parse(string text, out double? value)
    {
        value = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Bounds.Hold(number)
            ? number
            : null;
        return value is null && text.Length > 0 ? Refuse(text) : null;
    }

    protected override string Text(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}

/// <summary>A whole number within bounds, both included.</summary>
internal sealed class IntegerSetting(string key, int defaultValue, int min, int max, string help)
    : Setting<int>(key, defaultValue, help)
{
    public int Min { get; } = min;

    public int Max { get; } = max;

    public override string Range => InUnit($"a whole number {Min}..{Max}");

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, "integer"u8);
        writer.WriteNumber("minimum"u8, Min);
        writer.WriteNumber("maximum"u8, Max);
        writer.WriteNumber("default"u8, Default);
    }

    protected override string? Parse(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= Min && value <= Max
            ? null
            : Refuse(text);

    protected override string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
