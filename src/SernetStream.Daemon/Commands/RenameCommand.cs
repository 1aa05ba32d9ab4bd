using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Diary;
using SernetStream.State;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd rename OLD NEW</c>: a node gets another name and stays the device it is to hubs.</summary>
internal static class RenameCommand
{
    public static Command Create()
    {
        var from = new Argument<string>("OLD") { Description = "The node's old name. The node must not be running." };
        var to = new Argument<string>("NEW") { Description = "The node's new name." };
        var replace = new Option<bool>("--replace")
        {
            Description = "Give up the device of NEW, such as when the node was already started under its new name.",
        };
        var command = new Command(
            "rename",
            "Rename a node. For hubs it stays the same device, with its entities, their history and everything set up for "
            + "them. At its next start it removes the topics of its old name.")
        {
            from, to, replace,
        };
        command.SetAction(parsed => Rename(
            DeviceFolder.All().ToList(), parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(replace)));
        return command;
    }

    private static int Rename(IReadOnlyList<DeviceFolder> folders, string from, string to, bool replaces)
    {
        if (string.IsNullOrWhiteSpace(to) || to.IndexOfAny(['/', '+', '#']) >= 0 || to.Any(char.IsControl))
        {
            throw new CommandException(
                ExitCode.Usage, $"'{to}' cannot be a node's name: a name is a level of the MQTT topics, and has no /, + or #.");
        }

        if (from == to)
        {
            throw new CommandException(ExitCode.Usage, $"{from} already has this name.");
        }

        try
        {
            return RenameIn(FolderWith(folders, from), from, to, replaces);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Failed, $"{from} could not be renamed: {error.Message} For a service run this command with sudo.");
        }
    }

    private static DeviceFolder FolderWith(IReadOnlyList<DeviceFolder> folders, string node)
    {
        var known = folders.SelectMany(folder => folder.Devices().Select(device => (Folder: folder, device.Node))).ToList();
        var found = known.Where(device => device.Node == node).ToList();
        return found.Count switch
        {
            1 => found[0].Folder,
            0 => throw new CommandException(
                ExitCode.Usage,
                $"No node of this machine is called {node}. "
                + (known.Count == 0 ? "None has been here yet." : $"There are: {string.Join(", ", known.Select(device => device.Node).Distinct())}.")),
            _ => throw new CommandException(
                ExitCode.Usage, $"Several devices of this machine are called {node}; set mqtt.device_id to the right one instead."),
        };
    }

    private static int RenameIn(DeviceFolder folder, string from, string to, bool replaces)
    {
        using var turn = folder.Turn();
        var devices = folder.Devices();
        var id = devices.Single(device => device.Node == from).Id;
        using var held = folder.Hold(id) ?? throw Running(from);
        foreach (var other in devices.Where(device => device.Node == to))
        {
            if (!replaces)
            {
                throw new CommandException(
                    ExitCode.Usage,
                    $"{to} is already a device of its own. With --replace, {from} takes its name, and that device's history at the hub ends.");
            }

            using var given = folder.Hold(other.Id) ?? throw Running(to);
            folder.GiveUp(other.Id, heir: id);
        }

        folder.WriteName(id, to);
        var state = Path.GetDirectoryName(folder.Location)!;
        LearntFile.In(state, from).Rename(state, to);
        DiaryFile.In(state, from).Rename(state, to);
        Console.WriteLine($"{from} is now called {to}, and stays the device {id}. Start it with --node {to}, or node: {to} in its configuration.");
        return ExitCode.Done;
    }

    private static CommandException Running(string node) =>
        new(ExitCode.Failed, $"{node} is running. Stop it first (sudo systemctl stop sernetd), and then try again.");
}
