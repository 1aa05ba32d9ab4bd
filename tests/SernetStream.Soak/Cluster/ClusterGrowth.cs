using System.Diagnostics;
using System.Globalization;

namespace SernetStream.Soak.Cluster;

/// <summary>
/// How a cluster grows: processor, memory and latency of one, two and three silos on this machine, whose cores they share; and what
/// the layer of grains costs: the processor of a whole silo over that of its threads that step the rooms, which do all that a pipeline
/// does and nothing else.
/// </summary>
internal static class ClusterGrowth
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Compiled = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(double seconds, Report report)
    {
        report.Note($"the silos share {Environment.ProcessorCount} cores with Redis, Mosquitto and this program");
        foreach (var (silos, rooms) in new[] { (1, 1), (1, 20), (1, 40), (2, 40), (3, 40), (3, 60) })
        {
            await MeasureAsync(silos, rooms, TimeSpan.FromSeconds(seconds), report);
        }

        var ratios = new List<double>();
        for (var run = 0; run < 3; run++)
        {
            ratios.Add(await RatioAsync(40, TimeSpan.FromSeconds(seconds), report));
        }

        report.Target("processor of a silo of 40 rooms over that of its pipelines (median of 3)", ratios.Order().ElementAt(1), "", 1.15);
    }

    /// <summary>A silo without a broker, once its code is compiled.</summary>
    private static async Task<double> RatioAsync(int rooms, TimeSpan time, Report report)
    {
        await using var stage = await ClusterStage.StartAsync(1, rooms, 0, publishes: false);
        var process = stage.Silos[0].Process.Id.ToString(CultureInfo.InvariantCulture);
        await Task.Delay(Compiled);
        var (all, pipelines) = (ProcessFigures.ProcessorSeconds(process), ProcessFigures.ProcessorSeconds(process, "sernet rooms"));
        await Task.Delay(time);
        all = ProcessFigures.ProcessorSeconds(process) - all;
        pipelines = ProcessFigures.ProcessorSeconds(process, "sernet rooms") - pipelines;
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{rooms} rooms: {1000 * all / time.TotalSeconds / rooms:0.00} ms of processor a room and second, {1000 * pipelines / time.TotalSeconds / rooms:0.00} of them in the pipelines"));
        return all / pipelines;
    }

    private static async Task MeasureAsync(int silos, int rooms, TimeSpan time, Report report)
    {
        await using var stage = await ClusterStage.StartAsync(silos, rooms, 0);
        await Task.Delay(Settling);
        var processes = stage.Silos.Select(silo => silo.Process.Id.ToString(CultureInfo.InvariantCulture)).ToList();
        var before = processes.Sum(process => ProcessFigures.ProcessorSeconds(process));
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(time);
        var processor = (processes.Sum(process => ProcessFigures.ProcessorSeconds(process)) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var latencies = new List<double>();
        var (cut, missed) = (0L, 0L);
        foreach (var silo in stage.Silos)
        {
            foreach (var room in await silo.RoomsAsync())
            {
                latencies.Add(room.GetProperty("latencyP99Ms").GetDouble());
                cut += room.GetProperty("cut").GetInt64();
                missed += room.GetProperty("skipped").GetInt64() + room.GetProperty("late").GetInt64();
            }
        }

        latencies.Sort();
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{silos} silos, {rooms} rooms: {100 * processor:0}% of a core, {processes.Sum(process => ProcessFigures.ResidentMegabytes(process)):0} MB, "
            + $"p99 of a room {latencies[latencies.Count / 2]:0.0} ms (median), {latencies[^1]:0.0} ms (worst); missed {missed} of {cut} windows"));
    }
}
