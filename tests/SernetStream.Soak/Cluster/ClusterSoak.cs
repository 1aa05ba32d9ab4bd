using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Testing;

namespace SernetStream.Soak.Cluster;

/// <summary>
/// Three silos, sixty rooms, and faults one after the other: a silo killed, a silo stopped for a minute, Redis restarted. After each,
/// all rooms must be heard again within ten seconds of the moment at which Orleans declares the silo dead.
/// </summary>
internal static partial class ClusterSoak
{
    private const int SiloCount = 3;
    private const int RoomCount = 60;
    private const double LongestSilence = 10;
    private static readonly TimeSpan SavePeriod = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan StopTime = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(double faults, Report report)
    {
        await using var stage = await ClusterStage.StartAsync(SiloCount, RoomCount / 2, RoomCount / 2);
        report.Note(string.Create(CultureInfo.InvariantCulture, $"{SiloCount} silos hear {stage.Rooms.Count} rooms on {Environment.ProcessorCount} cores"));
        var longest = 0.0;
        var learnt = await Learnt.OfAsync(stage.Silos);
        for (var fault = 0; fault < (int)faults; fault++)
        {
            var (silence, now) = await (fault % 3 == 2 ? RestartRedisAsync(stage, report, fault) : LoseSiloAsync(stage, report, fault, learnt));
            (longest, learnt) = (Math.Max(longest, silence), now);
        }

        report.Target("longest time from the declaration to the last room heard", longest, "s", LongestSilence);
        await EndAsync(stage, report);
    }

    /// <param name="learnt">What rooms had learnt some time ago: a silo that is killed loses what it has not written since.</param>
    private static async Task<(double Silence, Learnt Learnt)> LoseSiloAsync(ClusterStage stage, Report report, int fault, Learnt learnt)
    {
        var victim = stage.Silos[fault % SiloCount];
        var witness = stage.Silos[(fault + 1) % SiloCount];
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, (SavePeriod - learnt.Age).TotalSeconds)));
        var rooms = await victim.RoomsAsync();
        var isStop = fault % 3 == 1;
        var deaths = Deaths(witness, victim);
        var before = rooms.ToDictionary(Name, room => stage.Heard.LastOf(Name(room)));
        Signal(victim, isStop ? 19 : 9);
        var lost = Stopwatch.GetTimestamp();
        var isDeclared = await ClusterStage.UntilAsync(() => Deaths(witness, victim) > deaths, TimeSpan.FromSeconds(60), $"{victim.Name} is declared dead");
        var declared = Stopwatch.GetTimestamp();
        report.Require(isDeclared, $"fault {fault + 1}: {victim.Name} is {(isStop ? "stopped" : "killed")}, and declared dead");
        await ClusterStage.UntilAsync(() => stage.Heard.SilentSince(lost, before).Count == 0, TimeSpan.FromSeconds(40), "its rooms are heard");
        var silence = Stopwatch.GetElapsedTime(declared).TotalSeconds;
        report.Require(silence <= LongestSilence, string.Create(
            CultureInfo.InvariantCulture,
            $"fault {fault + 1}: declared dead after {Stopwatch.GetElapsedTime(lost, declared).TotalSeconds:0.0} s, its {rooms.Count} rooms heard again {silence:0.0} s later"));
        var survivors = stage.Silos.Where(silo => silo != victim).ToList();
        var less = await learnt.NotKeptAsync(rooms.Select(Name), survivors, TimeSpan.FromSeconds(LongestSilence));
        report.Require(less.Count == 0, $"fault {fault + 1}: baselines kept{(less.Count == 0 ? "" : $", but not of {string.Join(", ", less)}")}");
        var now = await Learnt.OfAsync(survivors);
        if (isStop)
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, (StopTime - Stopwatch.GetElapsedTime(lost)).TotalSeconds)));
            Signal(victim, 18);
        }

        await victim.StartAgainAsync();
        await victim.JoinedAsync();
        return (silence, now);
    }

    private static async Task<(double Silence, Learnt Learnt)> RestartRedisAsync(ClusterStage stage, Report report, int fault)
    {
        await stage.Redis.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));
        await stage.Redis.StartAsync();
        var before = stage.Rooms.ToDictionary(room => room, stage.Heard.LastOf);
        var began = Stopwatch.GetTimestamp();
        await ClusterStage.UntilAsync(() => stage.Heard.SilentSince(began, before).Count == 0, TimeSpan.FromSeconds(40), "all rooms are heard");
        var silence = Stopwatch.GetElapsedTime(began).TotalSeconds;
        report.Require(silence <= LongestSilence, string.Create(
            CultureInfo.InvariantCulture, $"fault {fault + 1}: Redis restarted, each of {stage.Rooms.Count} rooms heard again within {silence:0.0} s"));
        report.Require(stage.Silos.All(silo => !silo.Process.HasExited), $"fault {fault + 1}: all silos go on");
        return (silence, await Learnt.OfAsync(stage.Silos));
    }

    private static async Task EndAsync(ClusterStage stage, Report report)
    {
        var unbalanced = 0;
        var checkedRooms = 0;
        foreach (var silo in stage.Silos)
        {
            silo.Process.Terminate();
            await silo.Process.ExitAsync(TimeSpan.FromSeconds(60));
            foreach (var line in silo.Process.ErrorLines)
            {
                unbalanced += line.Contains("is wrong:", StringComparison.Ordinal) ? 1 : 0;
                if (Ended().Match(line) is { Success: true } ended)
                {
                    checkedRooms++;
                    var published = Number(ended, "decisions");
                    var heard = stage.Heard.Decisions(ended.Groups["room"].Value, Number(ended, "first"), Number(ended, "last"));
                    report.Require(heard == published || Number(ended, "withheld") > 0, $"{ended.Groups["room"].Value}: {published} finals and changes made, {heard} heard");
                }
            }
        }

        report.Figure("messages heard", stage.Heard.Count, "");
        report.Require(stage.Heard.Twice == 0, $"no number of a room came twice (twice: {stage.Heard.Twice})");
        report.Require(stage.Heard.Late == 0, $"no silo spoke for a room that another had (late: {stage.Heard.Late})");
        report.Require(unbalanced == 0, $"the sums of windows are balanced (wrong: {unbalanced})");
        report.Require(checkedRooms > 0, $"finals and changes of {checkedRooms} endings were compared with what was heard");
    }

    private static int Deaths(ClusterSilo witness, ClusterSilo victim) => witness.Process.ErrorLines.Count(
        line => line.Contains($"the silo {victim.Name} ", StringComparison.Ordinal) && line.Contains("is dead", StringComparison.Ordinal));

    internal static string Name(JsonElement room) => room.GetProperty("name").GetString()!;

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static void Signal(ClusterSilo silo, int signal)
    {
        using var kill = Process.Start("kill", ["-s", signal.ToString(CultureInfo.InvariantCulture), silo.Process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    [GeneratedRegex("the room (?<room>[^ ]+) ends here: numbers (?<first>[0-9]+) to (?<last>[0-9]+), (?<decisions>[0-9]+) finals and changes, (?<withheld>[0-9]+) withheld")]
    private static partial Regex Ended();
}
