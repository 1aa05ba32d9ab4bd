using System.CommandLine;
using System.CommandLine.Completions;

namespace SernetStream.Manual;

/// <summary>The command line as a tree, for those who describe it.</summary>
internal static class CommandTree
{
    /// <summary>A command and all below it with their full names, in the order they are listed.</summary>
    /// <param name="command">The command.</param>
    /// <param name="path">Its full name. (A root's own name is that of the running process, which may be a test.)</param>
    public static IEnumerable<(string Path, Command Command)> Walk(Command command, string path) =>
        command.Subcommands.Where(below => !below.Hidden).SelectMany(below => Walk(below, $"{path} {below.Name}")).Prepend((path, command));

    /// <summary>The options that people see.</summary>
    public static IEnumerable<Option> OptionsOf(Command command) => command.Options.Where(option => !option.Hidden);

    /// <summary>All names of an option, the long one first.</summary>
    public static string[] NamesOf(Option option) =>
        [option.Name, .. option.Aliases.Where(alias => alias.StartsWith('-') && alias != option.Name && alias != "-?").Order(StringComparer.Ordinal)];

    /// <summary>What stands for the value; null where none is needed.</summary>
    public static string? ValueOf(Option option) =>
        option.Arity.MinimumNumberOfValues == 0 ? null : option.HelpName ?? "VALUE";

    /// <summary>What a value may be completed with.</summary>
    public static string[] ProposalsFor(Symbol symbol) =>
        [.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label).Where(label => !label.StartsWith('-'))];
}
