using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SernetStream.Manual;

namespace SernetStream.Daemon.Commands;

/// <summary>
/// What is wrong with a command line, in sentences: the library names types of the program instead of the allowed
/// values.
/// </summary>
internal static class CommandLineErrors
{
    /// <summary>One sentence for each fault.</summary>
    public static IEnumerable<string> Of(ParseResult parsed) => parsed.Errors.Select(Sentence).Distinct();

    private static string Sentence(ParseError error) =>
        error.SymbolResult is OptionResult { Tokens: [.., var value], Option: var option } && Expected(option, value.Value) is { } expected
            ? $"{option.Name} is '{value.Value}'; it must be {expected}."
            : error.Message;

    /// <summary>What an option's value must be; null where it is that.</summary>
    private static string? Expected(Option option, string value)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        return type switch
        {
            _ when type == typeof(double) || type == typeof(float) => double.TryParse(value, CultureInfo.InvariantCulture, out _) ? null : "a number",
            _ when type == typeof(int) => int.TryParse(value, CultureInfo.InvariantCulture, out _) ? null : "a whole number",
            { IsEnum: true } => Enum.TryParse(type, value, ignoreCase: true, out _) ? null : string.Join(" or ", CommandTree.ProposalsFor(option)),
            _ => null,
        };
    }
}
