using System.CommandLine;

namespace SernetStream.Manual;

/// <summary>
/// The command line as a completion script for bash. It holds all words itself: asking the program at every press of a key
/// would start .NET each time, which on a small machine takes longer than to type the word.
/// </summary>
internal static class BashCompletion
{
    private const string FilePlaceholder = "FILE";

    /// <summary>Writes the script.</summary>
    /// <param name="root">The command line.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="output">Where the script goes.</param>
    /// <param name="becomes">A command that becomes another program, whose script lies beside this one; null: there is none.</param>
    public static void Write(Command root, string program, TextWriter output, (string Command, string Program)? becomes = null)
    {
        var commands = CommandTree.Walk(root, program).ToList();
        output.Write(
            $$"""
            # bash completion for {{program}}; made by '{{program}} completion bash'.

            {{FunctionOf(program)}}() {
                local command={{program}} words='' files='' i
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
                COMPREPLY=()

            """.ReplaceLineEndings("\n"));
        if (becomes is var (given, other))
        {
            WritePassingOn(given, other, output);
        }

        output.Write(
            $$"""

                # Which command is it? The value of an option is none.
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        {{Pattern(ValueOptions(commands))}}) ((i++)); continue ;;
                    esac
                    case "$command ${COMP_WORDS[i]}" in
                        {{Pattern(commands.Skip(1).Select(command => $"'{command.Path}'"))}}) command+=" ${COMP_WORDS[i]}" ;;
                    esac
                done

                case "$previous" in

            """.ReplaceLineEndings("\n"));
        WriteValues(commands, output);
        output.Write("        *)\n            case \"$command\" in\n");
        foreach (var (path, command) in commands)
        {
            output.Write($"                '{path}') words='{string.Join(' ', Words(command))}'{(TakesFiles(command) ? " files=yes" : "")} ;;\n");
        }

        output.Write(
            """
                        esac ;;
                esac

                if [ -n "$words" ]; then
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
                fi
                if [ -n "$files" ] && [[ $word != -* ]]; then
                    compopt -o filenames 2>/dev/null
                    local file
                    while IFS= read -r file; do
                        COMPREPLY+=("$file")
                    done < <(compgen -f -- "$word")
                fi
            }


            """.ReplaceLineEndings("\n"));
        output.Write($"complete -F {FunctionOf(program)} {program}\n");
    }

    private static string FunctionOf(string program) => $"_{program.Replace('-', '_')}";

    /// <summary>The rest of the line is completed as that of the other program, where its script is installed.</summary>
    private static void WritePassingOn(string command, string program, TextWriter output) => output.Write(
        $$"""
            if [ "${COMP_WORDS[1]}" = {{command}} ] && [ "$COMP_CWORD" -gt 1 ]; then
                declare -F {{FunctionOf(program)}} >/dev/null || source "${BASH_SOURCE[0]%/*}/{{program}}" 2>/dev/null || return 0
                COMP_WORDS=({{program}} "${COMP_WORDS[@]:2}")
                COMP_CWORD=$((COMP_CWORD - 1))
                {{FunctionOf(program)}}
                return
            fi

        """.ReplaceLineEndings("\n"));

    private static IEnumerable<string> ValueOptions(IEnumerable<(string Path, Command Command)> commands) =>
        commands.SelectMany(command => CommandTree.OptionsOf(command.Command))
            .Where(option => CommandTree.ValueOf(option) is not null)
            .SelectMany(CommandTree.NamesOf)
            .Distinct();

    /// <summary>What may follow an option; one of the same name in two commands proposes what either of them does.</summary>
    private static void WriteValues(IEnumerable<(string Path, Command Command)> commands, TextWriter output)
    {
        var byName = commands.SelectMany(command => CommandTree.OptionsOf(command.Command))
            .Where(option => CommandTree.ValueOf(option) is not null)
            .SelectMany(option => CommandTree.NamesOf(option).Select(name => (Name: name, Option: option)))
            .GroupBy(entry => entry.Name, entry => entry.Option);
        foreach (var option in byName)
        {
            var words = option.SelectMany(CommandTree.ProposalsFor).Distinct();
            var files = option.Any(o => o.HelpName == FilePlaceholder) ? " files=yes" : "";
            output.Write($"        {option.Key}) words='{string.Join(' ', words)}'{files} ;;\n");
        }
    }

    private static IEnumerable<string> Words(Command command) =>
    [
        .. command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name),
        .. command.Arguments.SelectMany(CommandTree.ProposalsFor),
        .. CommandTree.OptionsOf(command).SelectMany(CommandTree.NamesOf).Where(name => name.StartsWith("--", StringComparison.Ordinal)),
    ];

    private static bool TakesFiles(Command command) => command.Arguments.Any(argument => argument.Name == FilePlaceholder);

    private static string Pattern(IEnumerable<string> alternatives) => string.Join(" | ", alternatives);
}
