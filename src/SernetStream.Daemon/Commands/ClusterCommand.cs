using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Native;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd cluster …</c>: becomes <c>sernet-cluster</c>, which is a program of its own because Orleans makes code while it runs.</summary>
internal static class ClusterCommand
{
    /// <summary>What is typed.</summary>
    public const string Name = "cluster";

    /// <summary>What it becomes.</summary>
    public const string Program = "sernet-cluster";

    public static Command Create()
    {
        var words = new Argument<string[]>("arguments") { Description = "What sernet-cluster is given; 'sernetd cluster -- --help' lists it.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(Name, "Join a cluster of machines as a silo: rooms of one that dies are taken over by others.") { words };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed => Run([.. parsed.GetValue(words) ?? [], .. parsed.UnmatchedTokens]));
        return command;
    }

    private static int Run(IReadOnlyList<string> arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "cluster", Program);
        if (!File.Exists(program))
        {
            throw new CommandException(
                ExitCode.Missing, $"'sernetd cluster' needs sernet-cluster, and {program} is not there: install the package sernetd-cluster, or in a source tree run 'dotnet build src/SernetStream.Cluster -c Release'.");
        }

        throw new CommandException(ExitCode.Failed, $"{program} could not be started: {ProgramReplacement.Become(program, arguments)}.");
    }
}
