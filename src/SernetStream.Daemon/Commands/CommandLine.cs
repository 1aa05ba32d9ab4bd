using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using SernetStream.Manual;
using SernetStream.Models;

namespace SernetStream.Daemon.Commands;

/// <summary>The whole command line.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "sernetd hears a room and says how the people in it feel, without a sound leaving the house.")
        {
            RunCommand.Create(),
            SetupCommand.Create(),
            ClassifyCommand.Create(),
            EvaluateCommand.Create(),
            AuditCommand.Create(),
            DevicesCommand.Create(),
            ModelsCommand.Create(),
            ConfigCommand.Create(),
            RenameCommand.Create(),
            EnrolCommand.Create(),
            ForgetCommand.Create(),
            HistoryCommand.Create(),
            DoctorCommand.Create(),
            BenchCommand.Create(),
            ManualCommand.Create(),
            ClusterCommand.Create(),
            CompletionCommand.Create(),
        };
        RunCommand.Configure(root);
        ForgetWindows(root);
        RefuseNothing(root);
        RefuseBeforeCommand(root);
        return root;
    }

    public static Option<string> ModelOption()
    {
        var option = new Option<string>("--model", "-m")
        {
            Description = "A built-in model's name, or the path of a card (.json) or of an .onnx file with its card beside it.",
            HelpName = "MODEL",
            DefaultValueFactory = _ => ModelCatalog.Default,
        };
        option.CompletionSources.Add([.. ModelCatalog.BuiltIn.Select(card => card.Name)]);
        return option;
    }

    /// <summary><c>/h</c> and <c>/?</c> ask for help on Windows; here they are paths.</summary>
    private static void ForgetWindows(RootCommand root)
    {
        foreach (var option in root.Options.Where(option => option is HelpOption or VersionOption))
        {
            foreach (var alias in option.Aliases.Where(alias => alias.StartsWith('/')).ToList())
            {
                option.Aliases.Remove(alias);
            }
        }
    }

    /// <summary>A path or a name that is empty: most often a variable of the shell that nobody set.</summary>
    private static void RefuseNothing(RootCommand root)
    {
        foreach (var (_, command) in CommandTree.Walk(root, "sernetd"))
        {
            foreach (var argument in command.Arguments.Where(argument => IsText(argument.ValueType)))
            {
                argument.Validators.Add(result => Refuse(result, argument.Name));
            }

            foreach (var option in command.Options.Where(option => option is not SettingOption && IsText(option.ValueType)))
            {
                option.Validators.Add(result => Refuse(result, option.Name));
            }
        }

        static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]);

        static void Refuse(SymbolResult result, string name)
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError($"{name} is empty; give it a value. Is a variable of the shell not set?");
            }
        }
    }

    /// <summary>Options that stand before a command's name, where they would be lost: <c>sernetd --model X run</c>.</summary>
    private static void RefuseBeforeCommand(RootCommand root)
    {
        foreach (var (_, command) in CommandTree.Walk(root, "sernetd").Where(pair => pair.Command != root))
        {
            command.Validators.Add(result =>
            {
                for (var outer = result.Parent; outer is CommandResult before; outer = before.Parent)
                {
                    foreach (var option in before.Children.OfType<OptionResult>().Where(option => !option.Implicit && !option.Option.Recursive))
                    {
                        result.AddError($"{option.IdentifierToken?.Value ?? option.Option.Name} stands before '{command.Name}', which does not hear of it; write it behind '{command.Name}'.");
                    }
                }
            });
        }
    }
}
