using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SernetStream.Configuration;

namespace SernetStream.Cluster.Operating;

/// <summary>Commands of an operator: <c>status</c>, <c>rooms</c>, <c>drain</c>, <c>remove</c>.</summary>
internal static class FleetCommands
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    public static IEnumerable<Command> Create()
    {
        yield return Of("status", "List the silos. Exit code 1: something is not as it should be.", StatusAsync);
        yield return Of("rooms", "List the rooms, where each is heard, and what is wrong with it. Exit code 1: something is.", RoomsAsync);
        yield return Drain();
        yield return Remove();
    }

    private static Command Of(string name, string description, Func<FleetClient, CancellationToken, Task<int>> run)
    {
        var options = new FleetClient.Options();
        var command = new Command(name, description) { options.At, options.Token };
        command.SetAction(async (parsed, stop) =>
        {
            using var fleet = options.Open(parsed);
            return await run(fleet, stop).ConfigureAwait(false);
        });
        return command;
    }

    private static Command Drain()
    {
        var options = new FleetClient.Options();
        var silo = new Argument<string>("SILO") { Description = "The silo's name, as 'status' lists it." };
        var undo = new Option<bool>("--undo") { Description = "Let it take rooms again." };
        var patience = new Option<int>("--wait") { Description = "How long to wait until all rooms have gone.", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        var command = new Command("drain", "Have a silo give all its rooms to others and take none, as before maintenance; wait until they have gone.")
        {
            silo, undo, patience, options.At, options.Token,
        };
        command.SetAction(async (parsed, stop) =>
        {
            using var fleet = options.Open(parsed);
            var name = parsed.GetValue(silo)!;
            var path = $"silos/{Uri.EscapeDataString(name)}/drain";
            if (parsed.GetValue(undo))
            {
                await fleet.ChangeAsync(HttpMethod.Delete, path, stop).ConfigureAwait(false);
                Console.WriteLine($"{name} takes rooms again.");
                return ExitCode.Done;
            }

            await fleet.ChangeAsync(HttpMethod.Post, path, stop).ConfigureAwait(false);
            return await EmptiedAsync(fleet, name, TimeSpan.FromSeconds(parsed.GetValue(patience)), stop).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> EmptiedAsync(FleetClient fleet, string name, TimeSpan patience, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var silo = (await fleet.SilosAsync(stop).ConfigureAwait(false)).Silos.FirstOrDefault(silo => Text(silo, "name") == name);
            var left = silo.ValueKind == JsonValueKind.Undefined ? 0 : silo.GetProperty("rooms").GetArrayLength();
            if (left == 0 && (silo.ValueKind == JsonValueKind.Undefined || silo.GetProperty("drains").GetBoolean()))
            {
                Console.WriteLine($"{name} has no rooms, and takes none. It can be stopped; 'sernetd cluster drain {name} --undo' lets it take rooms again.");
                return ExitCode.Done;
            }

            if (Stopwatch.GetElapsedTime(began) > patience)
            {
                throw new CommandException(ExitCode.Failed, $"{name} still hears {left} rooms after {patience.TotalSeconds:0} s; it goes on giving them away.");
            }

            await Task.Delay(Interval, stop).ConfigureAwait(false);
        }
    }

    private static Command Remove()
    {
        var options = new FleetClient.Options();
        var room = new Argument<string>("ROOM") { Description = "The room's name." };
        var command = new Command("remove", "Take a room out that the cluster fetches. Take it out of the files of --rooms first, or a silo that starts brings it back.")
        {
            room, options.At, options.Token,
        };
        command.SetAction(async (parsed, stop) =>
        {
            using var fleet = options.Open(parsed);
            await fleet.ChangeAsync(HttpMethod.Delete, $"rooms/{Uri.EscapeDataString(parsed.GetValue(room)!)}", stop).ConfigureAwait(false);
            Console.WriteLine($"The cluster no longer fetches {parsed.GetValue(room)}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> StatusAsync(FleetClient fleet, CancellationToken stop)
    {
        var (isWhole, silos) = await fleet.SilosAsync(stop).ConfigureAwait(false);
        var rows = silos.Select(silo => new[]
        {
            Text(silo, "name"), Text(silo, "address"), Number(silo.GetProperty("rooms").GetArrayLength()),
            $"{Number(100 * silo.GetProperty("processor").GetDouble())}% of {silo.GetProperty("cores")}",
            $"{Number(silo.GetProperty("memoryBytes").GetInt64() / 1e6)} MB", $"{Number(100 * silo.GetProperty("lag").GetDouble())}%", StateOf(silo),
        });
        Table.Write(Console.Out, ["silo", "address", "rooms", "processor", "memory", "missed", "state"], rows);
        if (!isWhole)
        {
            Console.Error.WriteLine("sernet-cluster: the cluster's book-keeping does not answer, so this is one silo alone.");
        }

        return isWhole && silos.All(silo => StateOf(silo) is "well" or "drained") ? ExitCode.Done : ExitCode.Failed;
    }

    private static string StateOf(JsonElement silo) =>
        silo.GetProperty("drains").GetBoolean() ? silo.GetProperty("rooms").GetArrayLength() == 0 ? "drained" : "draining"
        : silo.GetProperty("resting").GetArrayLength() is > 0 and var resting ? $"{resting} rooms rest"
        : silo.GetProperty("lag").GetDouble() > Fleet.LoadRule.Behind ? "does not keep up"
        : "well";

    private static async Task<int> RoomsAsync(FleetClient fleet, CancellationToken stop)
    {
        var (isWhole, silos) = await fleet.SilosAsync(stop).ConfigureAwait(false);
        var rooms = silos.SelectMany(silo => silo.GetProperty("rooms").EnumerateArray().Select(room => (Silo: Text(silo, "name"), Room: room)))
            .OrderBy(entry => Text(entry.Room, "name"), StringComparer.Ordinal).ToList();
        var resting = silos.SelectMany(silo => silo.GetProperty("resting").EnumerateArray()).Select(room => room.GetString()!).ToList();
        Table.Write(
            Console.Out,
            ["room", "silo", "audio", "heard", "p99", "state"],
            [
                .. rooms.Select(entry => new[]
                {
                    Text(entry.Room, "name"), entry.Silo, Text(entry.Room, "source"), $"{Number(entry.Room.GetProperty("audioSeconds").GetDouble())} s",
                    $"{Number(entry.Room.GetProperty("latencyP99Ms").GetDouble())} ms", FaultOf(entry.Room) ?? "well",
                }),
                .. resting.Select(room => new[] { room, "", "", "", "", "rests: no silo has time for it" }),
            ]);
        if (!isWhole)
        {
            Console.Error.WriteLine("sernet-cluster: the cluster's book-keeping does not answer, so these are the rooms of one silo.");
        }

        return isWhole && resting.Count == 0 && rooms.All(entry => FaultOf(entry.Room) is null) ? ExitCode.Done : ExitCode.Failed;
    }

    private static string? FaultOf(JsonElement room) => room.GetProperty("fault").GetString();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
