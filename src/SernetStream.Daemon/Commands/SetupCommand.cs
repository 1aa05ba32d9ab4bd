using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Setup;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd setup</c>: a newcomer's first run.</summary>
internal static class SetupCommand
{
    public static Command Create()
    {
        var config = new Option<string?>("--config", "-c")
        {
            Description = $"Configuration file to make or to change; or set {SettingsEnvironment.FileVariable}. Default: that of the service, or sernetd.yaml here.",
            HelpName = "FILE",
        };
        var device = Text("--device", "Microphone, as 'sernetd devices' lists it.", "DEV", "-d");
        var mqtt = Text("--mqtt", "MQTT broker, or none.", "BROKER");
        var user = Text("--mqtt-user", "User name at the broker.", "NAME");
        var password = Text("--mqtt-password-file", "File with the password at the broker.", "FILE");
        var node = Text("--node", "Name of this node, such as the room.", "NAME");
        var service = new Option<bool?>("--service") { Description = "Start the service, or do not, without asking.", HelpName = "true|false" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Ask nothing: take what is found, and what the flags say." };
        var force = new Option<bool>("--force") { Description = "Replace settings that the file has already, without asking." };
        var untested = new Option<bool>("--no-test") { Description = "Write the file without a test of the microphone and the broker." };
        var command = new Command(
            "setup",
            "Set a node up: find the microphone and the broker, show the level, test it all, write the configuration, start the service.")
        {
            config, device, mqtt, user, password, node, service, yes, force, untested,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var isTerminal = !Console.IsInputRedirected && !Console.IsOutputRedirected;
            var isAsking = !parsed.GetValue(yes);
            if (isAsking && !isTerminal)
            {
                throw new CommandException(
                    ExitCode.Usage,
                    "setup asks questions, and there is no terminal to ask at. Run it at one, or let the flags answer: sernetd setup --yes --mqtt BROKER --node NAME.");
            }

            var options = new FirstRunOptions
            {
                Device = parsed.GetValue(device),
                Broker = parsed.GetValue(mqtt),
                User = parsed.GetValue(user),
                PasswordFile = parsed.GetValue(password),
                Node = parsed.GetValue(node),
                Service = parsed.GetValue(service),
                Force = parsed.GetValue(force),
                IsUntested = parsed.GetValue(untested),
            };
            var tests = new FirstRunTests(
                values => DoctorCommand.LookAtDevice(values, stop),
                values => DoctorCommand.LookAtBroker(values, values.Mqtt()));
            using var draft = new ConfigurationDraft(parsed.GetValue(config) ?? DefaultFile());
            return await new FirstRun(draft, options, tests, new Conversation(Console.In, Console.Out, isAsking)).RunAsync(stop).ConfigureAwait(false);
        });
        return command;
    }

    private static string DefaultFile() =>
        Environment.GetEnvironmentVariable(SettingsEnvironment.FileVariable) is { Length: > 0 } named ? named
        : File.Exists(ServiceManager.ConfigurationFile) ? ServiceManager.ConfigurationFile
        : "sernetd.yaml";

    private static Option<string?> Text(string name, string help, string placeholder, params string[] aliases) =>
        new(name, aliases) { Description = help, HelpName = placeholder };
}
