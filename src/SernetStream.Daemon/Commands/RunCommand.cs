using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Daemon.Hosting;
using SernetStream.Publishing.Output;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd [run]</c>: the main job.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Listen, and report how the people in the room feel (the default command).");
        Configure(command);
        return command;
    }

    /// <summary>Gives a command the options and the action of <c>run</c>; the root command has them too.</summary>
    public static void Configure(Command command)
    {
        var options = new SettingOptions(command);
        command.SetAction(async (parsed, stop) =>
        {
            var settings = options.Load(parsed);
            var threshold = new LogThreshold(settings.LogLevel());
            using var loggers = LoggerFactory.Create(logging => ConsoleLog.Configure(logging, "sernetd", threshold));
            var log = loggers.CreateLogger("configuration");
            foreach (var warning in settings.Warnings)
            {
                log.LogWarning("{Warning}", warning);
            }

            if (settings.Rooms.Count > 0)
            {
                using var house = new House(settings, () => options.Load(parsed), loggers, threshold);
                await house.RunAsync(stop).ConfigureAwait(false);
                return ExitCode.Done;
            }

            await new Node(settings, loggers, threshold).RunAsync(stop).ConfigureAwait(false);
            return ExitCode.Done;
        });
    }
}
