using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.State;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd forget [--name ANNA]</c>: removes what was learnt at a node.</summary>
internal static class ForgetCommand
{
    public static Command Create()
    {
        var command = new Command(
            "forget", "Remove what a node has learnt of how people sound: of one person who enrolled, or all of it, labelled utterances too.");
        var name = new Option<string?>("--name") { Description = "The person to forget; without it, everybody.", HelpName = "NAME" };
        command.Add(name);
        var options = new SettingOptions(command);
        command.SetAction(parsed => Run(options.Load(parsed).Node(), parsed.GetValue(name)));
        return command;
    }

    private static int Run(string node, string? name)
    {
        var files = LearntFile.All(node).ToList();
        if (files.Count == 0)
        {
            Console.WriteLine($"Nothing is kept of {node}. (Name another node with --node.)");
            return ExitCode.Done;
        }

        try
        {
            files.ForEach(file => Forget(file, name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"It could not be forgotten: {error.Message} For a service run this command with sudo.");
        }

        Console.WriteLine($"Forgotten. If {node} runs, restart it, so that it forgets too (sudo systemctl restart sernetd).");
        return ExitCode.Done;
    }

    private static void Forget(LearntFile file, string? name)
    {
        if (name is null)
        {
            file.Delete();
            return;
        }

        switch (file.Forget(name))
        {
            case null:
                throw new CommandException(
                    ExitCode.Input, $"The content of {file.Location} is not known: it is damaged or of a newer version. Without --name, all of it is removed.");
            case false:
                throw new CommandException(ExitCode.Usage, $"{name} has not enrolled in {file.Location}.");
        }
    }
}
