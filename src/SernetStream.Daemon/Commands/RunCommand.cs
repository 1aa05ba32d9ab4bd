using System.CommandLine;
using SernetStream.Audio;
using SernetStream.Daemon.Hosting;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd [run]</c>: the main job.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Listen, and say how the people in the room feel (what sernetd does without a command).");
        Configure(command);
        return command;
    }

    /// <summary>Gives a command the options and the action of <c>run</c>; the root command has them too.</summary>
    public static void Configure(Command command)
    {
        var device = new Option<string>("--device", "-d")
        {
            Description = "What to listen to: a name or index of 'sernetd devices', hw:1, default, pulse, file:PATH, or stdin (raw s16le, 16 kHz, mono).",
            HelpName = "DEV",
            DefaultValueFactory = _ => "default",
        };
        var waitDevice = new Option<bool>("--wait-device")
        {
            Description = "Wait for a device that is not there at the start, as at boot; one that is lost later is always waited for.",
        };
        var mqtt = new Option<string?>("--mqtt")
        {
            Description = "Publish to this MQTT broker: broker.local, broker.local:1883, mqtt://user@broker.local.",
            HelpName = "BROKER",
        };
        var mqttUser = new Option<string?>("--mqtt-user") { Description = "User name at the broker.", HelpName = "NAME" };
        var mqttPasswordFile = new Option<string?>("--mqtt-password-file")
        {
            Description = $"File with the password at the broker; or set {Publishers.PasswordVariable}.",
            HelpName = "FILE",
        };
        var mqttScores = new Option<bool>("--mqtt-scores") { Description = "Publish every interim classification too." };
        var node = new Option<string>("--node", "-n")
        {
            Description = "Name of this node, such as the room.",
            HelpName = "NAME",
            DefaultValueFactory = _ => RunSettings.DefaultNode(),
        };
        var model = CommandLine.ModelOption();
        var gate = new Option<GateKind>("--gate") { Description = "What decides that somebody speaks: silero, energy, or off.", HelpName = "GATE" };
        var speed = new Option<PlaybackSpeed>("--speed")
        {
            Description = "How fast a file or standard input is taken: real (live), or max (as fast as it can be, nothing dropped).",
            HelpName = "SPEED",
            CustomParser = result => result.Tokens[0].Value switch
            {
                "real" => PlaybackSpeed.RealTime,
                "max" => PlaybackSpeed.Max,
                var other => Refuse<PlaybackSpeed>(result, $"--speed is '{other}'; it must be real or max."),
            },
        };
        var duration = new Option<double?>("--duration") { Description = "Stop after this many seconds of audio.", HelpName = "S" };
        duration.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, out var seconds) && seconds <= 0)
            {
                result.AddError($"--duration is {token.Value}; it must be greater than 0.");
            }
        });
        var output = new Option<OutputFormat>("--output", "-o")
        {
            Description = "Events on standard output: text, json (one object a line), or none. Default: text at a terminal, otherwise json.",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => Console.IsOutputRedirected ? OutputFormat.Json : OutputFormat.Text,
        };

        foreach (Option option in (Option[])[device, waitDevice, mqtt, mqttUser, mqttPasswordFile, mqttScores, node, model, gate, speed, duration, output])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, stop) =>
        {
            var settings = new RunSettings
            {
                Device = parsed.GetRequiredValue(device),
                WaitDevice = parsed.GetValue(waitDevice),
                Speed = parsed.GetValue(speed),
                Model = parsed.GetRequiredValue(model),
                Node = parsed.GetRequiredValue(node),
                Gate = parsed.GetValue(gate),
                Output = parsed.GetValue(output),
                DurationSeconds = parsed.GetValue(duration),
                MqttAddress = parsed.GetValue(mqtt),
                MqttUser = parsed.GetValue(mqttUser),
                MqttPasswordFile = parsed.GetValue(mqttPasswordFile),
                MqttScores = parsed.GetValue(mqttScores),
            };
            using var loggers = ConsoleLog.CreateFactory();
            await new Node(settings, loggers).RunAsync(stop).ConfigureAwait(false);
            return ExitCode.Done;
        });
    }

    private static T Refuse<T>(System.CommandLine.Parsing.ArgumentResult result, string sentence)
        where T : struct
    {
        result.AddError(sentence);
        return default;
    }
}
