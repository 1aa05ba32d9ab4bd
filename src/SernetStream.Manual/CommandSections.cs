using System.CommandLine;

namespace SernetStream.Manual;

/// <summary>The sections of a manual page that come from a program's command line.</summary>
/// <param name="page">Where they are written.</param>
/// <param name="root">The command line.</param>
/// <param name="program">What a user types to start it.</param>
internal sealed class CommandSections(Roff page, RootCommand root, string program)
{
    /// <summary>How each command is called, after the program itself.</summary>
    /// <param name="parameters">What the program itself is given.</param>
    /// <param name="isTold">Whether a command has a line of its own; null: each has that is no mere group of others.</param>
    public void Synopsis(string parameters, Func<Command, bool>? isTold = null)
    {
        page.Section("SYNOPSIS");
        page.Term(program, parameters, "");
        foreach (var (path, command) in Below())
        {
            if (command.Subcommands.Count == 0 && isTold?.Invoke(command) is not false)
            {
                page.Term(path, Parameters(command), "");
            }
        }
    }

    /// <summary>The options of the program itself.</summary>
    /// <param name="introduction">When they apply.</param>
    public void Options(string introduction)
    {
        page.Section("OPTIONS");
        page.Paragraph(introduction);
        WriteOptions(CommandTree.OptionsOf(root));
    }

    /// <summary>Each command with what is its own.</summary>
    public void Commands()
    {
        page.Section("COMMANDS");
        foreach (var (path, command) in Below())
        {
            page.Subsection($"{path} {Parameters(command)}".TrimEnd());
            page.Text(command.Description!);
            foreach (var argument in command.Arguments)
            {
                page.Term(argument.Name, "", argument.Description!);
            }

            WriteOptions(CommandTree.OptionsOf(command).Where(option => !IsToldAlready(option)));
        }
    }

    private static string Parameters(Command command)
    {
        var arguments = command.Arguments.Select(argument => (argument.Arity.MinimumNumberOfValues, argument.Arity.MaximumNumberOfValues) switch
        {
            (0, 1) => $"[{argument.Name}]",
            (_, > 1) => $"{argument.Name} ...",
            _ => argument.Name,
        });
        var options = CommandTree.OptionsOf(command).Any(option => option.Name != "--help") ? new[] { "[OPTION ...]" } : [];
        return string.Join(' ', arguments.Concat(options));
    }

    /// <summary>What several commands share is told once, with the program's own options.</summary>
    private bool IsToldAlready(Option option) =>
        CommandTree.OptionsOf(root).Any(other => other.Name == option.Name && other.Description == option.Description);

    private IEnumerable<(string Path, Command Command)> Below() => CommandTree.Walk(root, program).Skip(1);

    private void WriteOptions(IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            page.Term(string.Join(", ", CommandTree.NamesOf(option)), CommandTree.ValueOf(option) ?? "", option.Description ?? "");
        }
    }
}
