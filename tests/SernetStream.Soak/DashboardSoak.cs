using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SernetStream.Pipeline;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// The daemon without dashboards and with fifty, ten of which never read, in turns. The latency of events must not
/// differ by more than it does between equal turns, and memory must be bounded.
/// </summary>
internal static class DashboardSoak
{
    private const int Readers = 40;
    private const int Sleepers = 10;
    private const int Turns = 3;

    public static async Task RunAsync(double minutes, Report report)
    {
        using var folder = new TemporaryFolder();
        var wav = folder.PathOf("spoken.wav");
        var seconds = minutes * 60 / (2 * Turns);
        Sounds.WriteWav(wav, Sounds.Loop(Sounds.Spoken, seconds + 10));
        var (alone, crowded) = (new List<Turn>(), new List<Turn>());
        for (var i = 0; i < Turns; i++)
        {
            alone.Add(await RunTurnAsync(wav, seconds, readers: 0, sleepers: 0));
            crowded.Add(await RunTurnAsync(wav, seconds, Readers, Sleepers));
        }

        Say(report, "nobody looks", alone);
        Say(report, $"{Readers} dashboards read, {Sleepers} do not", crowded);
        report.Figure("bytes that came to a reader a second", crowded.Average(turn => turn.BytesRead) / Readers / seconds, "B", "0");

        // The difference between equal turns is noise, including pauses of the machine.
        var noise = Math.Max(5, alone.Max(turn => turn.P99Ms) - alone.Min(turn => turn.P99Ms));
        report.Target(
            "p99 with dashboards, beyond p99 without",
            Median(crowded, turn => turn.P99Ms) - Median(alone, turn => turn.P99Ms),
            "ms",
            noise);
        report.Target(
            "resident memory with dashboards, beyond without",
            Median(crowded, turn => turn.ResidentMb) - Median(alone, turn => turn.ResidentMb),
            "MB",
            32);
        report.Require(alone.Concat(crowded).All(turn => turn.Missed == 0), "no window was skipped or late");
    }

    private static void Say(Report report, string name, List<Turn> turns)
    {
        report.Note(name + ":");
        report.Figure("events", turns.Sum(turn => turn.Events), "", "0");
        report.Figure("p50, median of the turns", Median(turns, turn => turn.P50Ms), "ms");
        report.Figure("p99, median of the turns", Median(turns, turn => turn.P99Ms), "ms");
        report.Figure("resident memory at the end", Median(turns, turn => turn.ResidentMb), "MB");
        report.Figure("processor time", Median(turns, turn => turn.Cpu), "s a second of audio", "0.0000");
    }

    private static double Median(IEnumerable<Turn> turns, Func<Turn, double> figure)
    {
        var sorted = turns.Select(figure).Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static async Task<Turn> RunTurnAsync(string wav, double seconds, int readers, int sleepers)
    {
        var port = Loopback.FreePort();
        await using var daemon = ChildProcess.Start(
            "dotnet",
            [Repository.Daemon, "--device", $"file:{wav}", "--output", "json", "--web", port.ToString(CultureInfo.InvariantCulture)]);
        daemon.StandardInput.Close();
        await daemon.OutputLineAsync(_ => true);
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, readers + sleepers).Select(_ => Connect(port)).ToList();
        var reading = clients.Take(readers).Select(client => ReadAsync(client, stop.Token)).ToList();
        var process = daemon.Id.ToString(CultureInfo.InvariantCulture);
        var before = ProcessFigures.ProcessorSeconds(process);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var cpu = (ProcessFigures.ProcessorSeconds(process) - before) / seconds;
        var resident = ProcessFigures.ResidentMegabytes(process);
        daemon.Terminate();
        await stop.CancelAsync();
        var bytes = (await Task.WhenAll(reading)).Sum();
        clients.ForEach(client => client.Dispose());
        var result = await daemon.ExitAsync();

        var latencies = new LatencyHistogram();
        foreach (var line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            latencies.Record(JsonDocument.Parse(line).RootElement.GetProperty("latencyMs").GetDouble());
        }

        var missed = result.Errors.Contains(" 0 skipped, 0 late", StringComparison.Ordinal) ? 0 : 1;
        return new Turn(latencies.Count, latencies.PercentileMs(0.5), latencies.PercentileMs(0.99), resident, cpu, missed, bytes);
    }

    /// <summary>A browser that has requested the stream, as the server sees it.</summary>
    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        socket.Connect("127.0.0.1", port);
        socket.Send(Encoding.ASCII.GetBytes($"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
        return socket;
    }

    private static async Task<long> ReadAsync(Socket socket, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        var total = 0L;
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer, stop)) > 0;)
            {
                total += count;
            }
        }
        catch (OperationCanceledException)
        {
            // The turn is over.
        }

        return total;
    }

    private sealed record Turn(long Events, double P50Ms, double P99Ms, double ResidentMb, double Cpu, int Missed, long BytesRead);
}
