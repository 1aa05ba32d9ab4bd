using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace SernetStream.PluginProtocol;

/// <summary>
/// Reads the values that the plugins which ship with the daemon use. It makes no type at run time, which native code cannot;
/// plugins in a host have .NET's own binder, which knows every type.
/// </summary>
public static class SettingValue
{
    /// <summary>One value, or a list or a map of texts.</summary>
    /// <exception cref="FormatException">The text is not such a value.</exception>
    /// <exception cref="ArgumentException">The type is not one of those.</exception>
    public static object? Read(IConfigurationSection section, Type type)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(type);
        if (type == typeof(string[]))
        {
            return section.GetChildren().Select(Text).ToArray();
        }

        if (type == typeof(EmotionEventKind[]))
        {
            return section.GetChildren().Select(Kind).ToArray();
        }

        if (type == typeof(Dictionary<string, string>))
        {
            return section.GetChildren().ToDictionary(child => child.Key, Text);
        }

        return Scalar(Text(section), Nullable.GetUnderlyingType(type) ?? type);
    }

    private static object Scalar(string text, Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.String => text,
        TypeCode.Boolean => bool.Parse(text),
        TypeCode.Int32 => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture),
        TypeCode.Double => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        _ when type == typeof(Uri) => new Uri(text, UriKind.RelativeOrAbsolute),
        _ => throw new ArgumentException($"settings of the type {type.Name} cannot be read here"),
    };

    private static string Text(IConfigurationSection section) =>
        section.Value ?? throw new FormatException($"{section.Path.Replace(':', '.')} must be one value");

    private static EmotionEventKind Kind(IConfigurationSection section) =>
        Enum.TryParse<EmotionEventKind>(Text(section), ignoreCase: true, out var kind)
            ? kind
            : throw new FormatException(
                $"{section.Path.Replace(':', '.')} is '{section.Value}'; it must be interim, final or change");
}
