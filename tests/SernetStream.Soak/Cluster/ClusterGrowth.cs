using System.Diagnostics;
using System.Globalization;

namespace SernetStream.Soak.Cluster;

/// <summary>
/// How a cluster grows: processor, memory and latency of one, two and three silos on this machine, whose cores they share.
/// </summary>
internal static class ClusterGrowth
{
    /// <summary>Compiling of code, and the moving of rooms to silos that have just joined.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(double seconds, Report report)
    {
        report.Note($"the silos share {Environment.ProcessorCount} cores with Redis, Mosquitto and this program");
        foreach (var (silos, rooms) in new[] { (1, 1), (1, 20), (1, 40), (2, 40), (3, 40), (3, 60) })
        {
            await MeasureAsync(silos, rooms, TimeSpan.FromSeconds(seconds), report);
        }
    }

    private static async Task MeasureAsync(int silos, int rooms, TimeSpan time, Report report)
    {
        await using var stage = await ClusterStage.StartAsync(silos, rooms, 0);
        await Task.Delay(Settling);
        var processes = stage.Silos.Select(silo => silo.Process.Id.ToString(CultureInfo.InvariantCulture)).ToList();
        var (cutBefore, missedBefore) = await WindowsAsync(stage);
        stage.Heard.MeasureAnew();
        var before = processes.Sum(process => ProcessFigures.ProcessorSeconds(process));
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(time);
        var processor = (processes.Sum(process => ProcessFigures.ProcessorSeconds(process)) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var latency = stage.Heard.Latency;
        var (cut, missed) = await WindowsAsync(stage);
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{silos} silos, {rooms} rooms: {100 * processor:0}% of a core, {processes.Sum(process => ProcessFigures.ResidentMegabytes(process)):0} MB, "
            + $"p50 {latency.PercentileMs(0.5):0.0} ms, p99 {latency.PercentileMs(0.99):0.0} ms of {latency.Count} windows; missed {missed - missedBefore} of {cut - cutBefore}"));
    }

    /// <summary>Windows of all rooms until now, and how many of them were not judged.</summary>
    private static async Task<(long Cut, long Missed)> WindowsAsync(ClusterStage stage)
    {
        var (cut, missed) = (0L, 0L);
        foreach (var silo in stage.Silos)
        {
            foreach (var room in await silo.RoomsAsync())
            {
                cut += room.GetProperty("cut").GetInt64();
                missed += room.GetProperty("skipped").GetInt64() + room.GetProperty("late").GetInt64();
            }
        }

        return (cut, missed);
    }
}
