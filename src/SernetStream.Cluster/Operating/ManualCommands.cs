using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Manual;

namespace SernetStream.Cluster.Operating;

/// <summary><c>manual</c> and <c>completion bash</c>: what the package installs for man and for bash, made from the command line.</summary>
internal static class ManualCommands
{
    /// <summary>What is typed.</summary>
    public const string Typed = "sernetd cluster";

    /// <summary>What it becomes.</summary>
    public const string Program = "sernet-cluster";

    /// <param name="root">Makes the whole command line.</param>
    public static IEnumerable<Command> Create(Func<RootCommand> root)
    {
        yield return Of("manual", $"Print the manual, for man: {Typed} manual | man -l -.", output => WriteManual(root(), output));
        yield return new Command("completion", "Print a script that lets a shell complete the command line.")
        {
            Of("bash", $"For bash: source <({Typed} completion bash).", output => WriteCompletion(root(), output)),
        };
    }

    /// <summary>Writes sernetd-cluster(1).</summary>
    public static void WriteManual(RootCommand root, TextWriter output)
    {
        var page = new Roff(output);
        var commands = new CommandSections(page, root, Typed);
        page.Title("SERNETD-CLUSTER", 1);
        page.Section("NAME");
        page.Text("sernetd-cluster, sernet-cluster - rooms of sernetd on several machines, which take over from each other");
        commands.Synopsis("--redis HOST [OPTION ...]");
        page.Section("DESCRIPTION");
        page.Paragraph(root.Description!);
        page.Paragraph(
            "All silos of a cluster share a Redis and a secret. Audio is fetched by the cluster (--rooms) or sent to any silo: over a WebSocket, or to a port that --rooms names, by RTP, datagrams, TCP or Wyoming; "
            + "events leave over MQTT as those of a single machine do. 'sernetd cluster' becomes the program sernet-cluster. "
            + "Options that sernetd has too must come after a double hyphen: 'sernetd cluster -- --help'.");
        commands.Options($"Of a silo, and of '{Typed} check':");
        commands.Commands();
        WriteExitStatus(page);
        page.Section("ENVIRONMENT");
        page.Term("SERNET_MQTT_PASSWORD", "", "The password of the broker that --mqtt names.");
        page.Section("FILES");
        page.Term("/etc/sernetd/cluster/silo-1.env", "", "Addresses of the silo of the service sernet-silo@1: its own, Redis, the broker.");
        page.Term("/etc/sernetd/cluster/rooms.json", "", "The rooms whose audio the service has the cluster fetch or listen for.");
        page.Term("/etc/sernetd/cluster/secret, token, redis.password", "", "The secrets of the service. You make them; only root can read them.");
        page.Term("/usr/share/doc/sernetd-cluster/cluster.md", "", "How to make a cluster, how big it may be, and what happens when something dies.");
        page.Section("EXAMPLES");
        page.Text("Check what a silo needs, and run one:");
        page.Example(
            $"{Typed} check --redis redis.local --secret-file secret\n"
            + $"{Typed} --redis redis.local --secret-file secret --silo 192.0.2.11 --mqtt broker.local --rooms rooms.json");
        page.Paragraph("Before maintenance of the machine attic:");
        page.Example($"{Typed} drain attic-1");
        page.Section("SEE ALSO");
        page.Text("sernetd(1)");
    }

    /// <summary>Writes the completion, which that of sernetd uses after <c>cluster</c>.</summary>
    public static void WriteCompletion(RootCommand root, TextWriter output) => BashCompletion.Write(root, Program, output);

    private static void WriteExitStatus(Roff page)
    {
        page.Section("EXIT STATUS");
        page.Term($"{ExitCode.Done}", "", "Done; a silo has left the cluster as it was asked to.");
        page.Term($"{ExitCode.Failed}", "", "Failed while running, or a check found a fault. A silo that the others declared dead ends so.");
        page.Term($"{ExitCode.Usage}", "", "The command line or a file that it names is wrong, or Redis or the cluster refuses this silo.");
        page.Term($"{ExitCode.Input}", "", "A model could not be read.");
        page.Term($"{ExitCode.Unavailable}", "", "No silo answers a command. A silo waits for a Redis that is away.");
        page.Term($"{ExitCode.Missing}", "", "A library that it needs is not installed.");
    }

    private static Command Of(string name, string description, Action<TextWriter> write)
    {
        var command = new Command(name, description);
        command.SetAction(_ =>
        {
            write(Console.Out);
            return ExitCode.Done;
        });
        return command;
    }
}
