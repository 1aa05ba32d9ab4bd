using System.CommandLine;
using System.CommandLine.Help;
using SernetStream.Inference;

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
            ClassifyCommand.Create(),
            EvaluateCommand.Create(),
            AuditCommand.Create(),
            DevicesCommand.Create(),
            ModelsCommand.Create(),
            ConfigCommand.Create(),
            RenameCommand.Create(),
            DoctorCommand.Create(),
            BenchCommand.Create(),
            ManualCommand.Create(),
            CompletionCommand.Create(),
        };
        RunCommand.Configure(root);
        ForgetWindows(root);
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
}
