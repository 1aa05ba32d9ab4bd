using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using SernetStream.Plugins;

namespace SernetStream.PluginProtocol;

/// <summary>Binds a plugin's section of the configuration, and says all that is wrong with it at once.</summary>
public static class PluginSettings
{
    private const string FileSuffix = "_file";
    private const int LongestText = 65536;

    private const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicParameterlessConstructor | DynamicallyAccessedMemberTypes.PublicProperties;

    /// <summary>Binds <paramref name="section"/> to a new <paramref name="type"/>, which has a constructor without parameters.</summary>
    /// <param name="type">The class of settings.</param>
    /// <param name="section">What the configuration says.</param>
    /// <param name="read">Reads one value of a type: <see cref="SettingValue.Read"/>, or a reader that knows more types.</param>
    /// <exception cref="PluginException">Something is wrong; a line each.</exception>
    public static object Bind(
        [DynamicallyAccessedMembers(Members)] Type type, IConfigurationSection section, Func<IConfigurationSection, Type, object?> read)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(read);
        var settings = Activator.CreateInstance(type)!;
        var problems = new List<string>();
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true })
            .ToDictionary(property => SnakeCase(property.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (!properties.TryGetValue(child.Key, out var property))
            {
                if (TextBehind(child.Key, properties) is { } text)
                {
                    text.SetValue(settings, ReadFile(section, child, problems));
                    continue;
                }

                problems.Add(
                    $"{Name(section, child.Key)} is not a setting of this plugin; there are: "
                    + $"{string.Join(", ", properties.Keys.Order(StringComparer.Ordinal))}.");
            }
            else if (ValueOf(section, child, property, read, problems) is { } value)
            {
                property.SetValue(settings, value);
            }
        }

        if (problems.Count == 0)
        {
            Validate(section, settings, properties.Values, problems);
        }

        return problems.Count == 0 ? settings : throw new PluginException(string.Join('\n', problems));
    }

    /// <summary>Every text may stand in a file that <c>…_file</c> names instead, as secrets should.</summary>
    private static PropertyInfo? TextBehind(string key, Dictionary<string, PropertyInfo> properties) =>
        key.EndsWith(FileSuffix, StringComparison.OrdinalIgnoreCase)
        && properties.TryGetValue(key[..^FileSuffix.Length], out var property)
        && property.PropertyType == typeof(string)
            ? property
            : null;

    private static string? ReadFile(IConfigurationSection section, IConfigurationSection child, List<string> problems)
    {
        // If both the file and the text are set, the text wins.
        var text = section[child.Key[..^FileSuffix.Length]];
        if (text is { Length: > 0 } || child.Value is not { Length: > 0 } path)
        {
            return text;
        }

        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LongestText })
            {
                problems.Add($"{Name(section, child.Key)} is {path}, a file of more than {LongestText} bytes.");
                return null;
            }

            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add($"{Name(section, child.Key)} is {path}, which cannot be read: {error.Message}");
            return null;
        }
    }

    private static object? ValueOf(
        IConfigurationSection section,
        IConfigurationSection child,
        PropertyInfo property,
        Func<IConfigurationSection, Type, object?> read,
        List<string> problems)
    {
        var isText = property.PropertyType == typeof(string);
        if (child.Value is null or "" && !isText && !child.GetChildren().Any())
        {
            // An empty key, as in "command:" with nothing behind it, is as good as none.
            return null;
        }

        if (child.Value is { Length: > 0 } && !isText && typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
        {
            problems.Add($"{Name(section, child.Key)} is '{child.Value}'; it must be a list.");
            return null;
        }

        try
        {
            return read(child, property.PropertyType);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            problems.Add(child.Value is { } text
                ? $"{Name(section, child.Key)} is '{text}'; it must be {Kind(property.PropertyType)}."
                : $"{Name(section, child.Key)} cannot be read: {error.GetBaseException().Message}");
            return null;
        }
    }

    /// <summary>
    /// As <see cref="Validator"/> does: each property's annotations, a missing value first; then the object's own judgement.
    /// </summary>
    private static void Validate(
        IConfigurationSection section, object settings, IEnumerable<PropertyInfo> properties, List<string> problems)
    {
        // With a name of its own a context asks for nothing by reflection.
        ValidationContext Context(string? member) => new(settings, member ?? section.Key, null, null) { MemberName = member };
        foreach (var property in properties)
        {
            var value = property.GetValue(settings);
            var wrong = property.GetCustomAttributes<ValidationAttribute>()
                .OrderByDescending(attribute => attribute is RequiredAttribute)
                .Select(attribute => attribute.GetValidationResult(value, Context(property.Name)))
                .FirstOrDefault(result => result != ValidationResult.Success);
            if (wrong is not null)
            {
                problems.Add($"{Name(section, property.Name)} is wrong: {wrong.ErrorMessage}");
            }
        }

        if (problems.Count == 0 && settings is IValidatableObject judge)
        {
            problems.AddRange(judge.Validate(Context(null)).Where(result => result != ValidationResult.Success)
                .Select(result => $"{Name(section, result.MemberNames.FirstOrDefault())} is wrong: {result.ErrorMessage}"));
        }
    }

    private static string Name(IConfigurationSection section, string? key = null)
    {
        var name = section.Path.Replace(':', '.');
        return key is null ? name : $"{name}.{SnakeCase(key)}";
    }

    /// <summary>As the rest of the configuration is written: TimeLimit is <c>time_limit</c>.</summary>
    private static string SnakeCase(string name) => string.Concat(
        name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } choices => $"one of {string.Join(", ", Enum.GetNames(choices).Select(SnakeCase))}",
        var other when other == typeof(bool) => "true or false",
        var other when other == typeof(int) || other == typeof(long) => "a whole number",
        var other when other == typeof(double) || other == typeof(float) => "a number",
        var other when other == typeof(Uri) => "an address such as http://host/path",
        var other => $"a {other.Name}",
    };
}
