using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Manual;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd completion bash</c>: what lets a shell complete the command line.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var bash = new Command("bash", "For bash: source <(sernetd completion bash).");
        bash.SetAction(_ =>
        {
            BashCompletion.Write(CommandLine.Create(), "sernetd", Console.Out, (ClusterCommand.Name, ClusterCommand.Program));
            return ExitCode.Done;
        });
        return new Command("completion", "Print a script that lets a shell complete the command line.") { bash };
    }
}
