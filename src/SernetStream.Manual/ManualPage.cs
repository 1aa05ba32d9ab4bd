using System.CommandLine;
using SernetStream.Configuration;

namespace SernetStream.Manual;

/// <summary>sernetd(1), made from the command line and the settings, so that nothing is written twice.</summary>
internal static class ManualPage
{
    /// <summary>Writes the page.</summary>
    public static void Write(RootCommand root, TextWriter output)
    {
        var page = new Roff(output);
        page.Title("SERNETD", 1);
        page.Section("NAME");
        page.Text("sernetd - hears a room and says how the people in it feel");
        var commands = new CommandSections(page, root, "sernetd");
        commands.Synopsis("[run] [OPTION ...]", command => command.Name != "run");
        page.Section("DESCRIPTION");
        page.Paragraph(root.Description!);
        page.Paragraph(
            "It listens to a microphone, finds speech, classifies it with a small neural network on this machine, and "
            + "publishes events over MQTT and on standard output. Audio is neither kept nor sent.");
        commands.Options("Without a command, and for the command run:");
        commands.Commands();
        WriteSettings(page);
        WriteSurroundings(page);
    }

    private static void WriteSettings(Roff page)
    {
        page.Section("SETTINGS");
        page.Paragraph(
            "Each stands in the configuration file under its key, in the environment as SERNET_ and the key in capitals "
            + "(mqtt.keep_alive: SERNET_MQTT_KEEP_ALIVE), and on the command line as --set KEY=VALUE. The environment overrides the file, "
            + "and the command line overrides both.");
        foreach (var (name, title) in Settings.Sections)
        {
            page.Subsection(name.Length == 0 ? "Top level" : name);
            page.Text(title);
            foreach (var setting in Settings.All.Where(setting => setting.Section == name))
            {
                var range = setting is TextSetting ? "" : $" It must be {setting.Range}.";
                var fallback = setting.DefaultText.Length > 0 ? $" Default: {setting.DefaultText}." : "";
                page.Term(setting.Key, "", setting.Help + range + fallback);
            }
        }
    }

    private static void WriteSurroundings(Roff page)
    {
        page.Section("EXIT STATUS");
        page.Term($"{ExitCode.Done}", "", "Done.");
        page.Term($"{ExitCode.Failed}", "", "Failed while running.");
        page.Term($"{ExitCode.Usage}", "", "The command line or the configuration is wrong.");
        page.Term($"{ExitCode.Input}", "", "An input (audio file, model) could not be read.");
        page.Term($"{ExitCode.Unavailable}", "", "A device is not there. A broker that is away is tried again in the background.");
        page.Term($"{ExitCode.Missing}", "", "A library or a program that it needs is not installed. The message names the package.");
        page.Section("ENVIRONMENT");
        page.Term(SettingsEnvironment.FileVariable, "", "The configuration file, where --config names none.");
        foreach (var secret in Settings.All.OfType<SecretSetting>())
        {
            page.Term(secret.SecretVariable, "", $"The secret itself, instead of {secret.Key}.");
        }

        page.Term("DOTNET_ROOT", "", "Folder of the .NET runtime, if it is not found by itself.");
        page.Section("FILES");
        page.Term("/etc/sernetd/sernetd.yaml", "", $"The configuration file of the package, used unless {SettingsEnvironment.FileVariable} is set.");
        page.Term("/usr/lib/sernetd/plugins", "", "The plugins, each in a folder of its own.");
        page.Section("EXAMPLES");
        page.Text("List the devices, and check a configuration:");
        page.Example("sernetd devices\nsernetd config check /etc/sernetd/sernetd.yaml");
        page.Paragraph("Listen to card 1, and tell the broker of the house:");
        page.Example("sernetd --device hw:1 --mqtt broker.local --node kitchen");
        page.Paragraph("Run it as a service:");
        page.Example("systemctl enable --now sernetd");
    }
}
