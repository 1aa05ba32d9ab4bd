using System.Diagnostics;
using System.Globalization;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.Soak.Cluster;

/// <summary>
/// What the layer of grains costs: the processor time of a whole silo over that of a whole daemon with the same rooms in <c>rooms:</c>. Both
/// run side by side all the time, so that whatever else the machine does meets both alike: the same files from the same moment, the same
/// events to the same broker. Time is counted between two moments of each turn, after both have compiled their code.
/// </summary>
internal static class GrainCost
{
    private const int RoomCount = 40;
    private const int Turns = 7;
    private const double Most = 1.15;
    private static readonly TimeSpan Compiled = TimeSpan.FromSeconds(75);

    public static async Task RunAsync(double seconds, Report report)
    {
        var time = TimeSpan.FromSeconds(seconds);
        await using var stage = await ClusterStage.StartAsync(1, RoomCount, 0, speechSeconds: 120 + Compiled.TotalSeconds + (Turns * seconds));
        await using var bare = await StartDaemonAsync(stage);
        var (silo, daemon) = (stage.Silos[0].Process.Id, bare.Id);
        report.Note($"{RoomCount} rooms in a silo, and the same in one daemon beside it, on {Environment.ProcessorCount} cores that both share with Redis, Mosquitto and this program");
        await Task.Delay(Compiled);
        var (began, siloBefore, daemonBefore) = (Stopwatch.GetTimestamp(), ThreadTimes.Of(silo), ThreadTimes.Of(daemon));
        var ratios = new List<double>();
        for (var turn = 1; turn <= Turns; turn++)
        {
            var (a, b) = (ThreadTimes.Of(silo), ThreadTimes.Of(daemon));
            await Task.Delay(time);
            var (whole, plain) = ((ThreadTimes.Of(silo) - a).Total, (ThreadTimes.Of(daemon) - b).Total);
            ratios.Add(whole / plain);
            report.Note(string.Create(
                CultureInfo.InvariantCulture, $"turn {turn}: silo {1000 * whole / seconds:0} ms a second, daemon {1000 * plain / seconds:0} ms: {whole / plain:0.000}"));
        }

        var all = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (ofSilo, ofDaemon) = (ThreadTimes.Of(silo) - siloBefore, ThreadTimes.Of(daemon) - daemonBefore);
        report.Note($"threads of the silo, ms a second: {ofSilo.PerSecond(all)}");
        report.Note($"threads of the daemon, ms a second: {ofDaemon.PerSecond(all)}");
        report.Note(string.Create(CultureInfo.InvariantCulture, $"events heard of the silo's rooms {stage.Heard.CountOf("fetched")}, of the daemon's {stage.Heard.CountOf("bare")}"));
        ratios.Sort();
        report.Note(string.Create(CultureInfo.InvariantCulture, $"ratio of the turns: {ratios[0]:0.000} to {ratios[^1]:0.000}, median {ratios[Turns / 2]:0.000}"));
        report.Require(!bare.HasExited && !stage.Silos[0].Process.HasExited, "both are alive");
        report.Target("processor of a silo over that of a daemon with the same rooms", ofSilo.Total / ofDaemon.Total, "", Most, "0.000");
    }

    private static async Task<ChildProcess> StartDaemonAsync(ClusterStage stage)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"node: plain\noutput: none\nmodel: light-sernet-home-int8\nlearn: session\nmqtt:\n  broker: 127.0.0.1:{stage.Broker.Port}\n  scores: true\nrooms:\n");
        for (var i = 1; i <= RoomCount; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  bare{i}:\n    device: file:{stage.FileOf(i - 1)}\n");
        }

        var daemon = ChildProcess.Start("dotnet", [Repository.Daemon, "--config", stage.Write("rooms.yaml", text.ToString())]);
        await ClusterStage.UntilAsync(() => Enumerable.Range(1, RoomCount).All(i => stage.Heard.LastOf($"bare{i}") > 0), TimeSpan.FromMinutes(2), "each room of the daemon is heard");
        return daemon;
    }
}
