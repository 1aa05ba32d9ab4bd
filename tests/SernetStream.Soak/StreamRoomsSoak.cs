using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// Rooms that hear streams: the daemon with ten and then all of them, each connected to a sender of its own (<c>tcp://</c>) that
/// sends speech in real time. Each such room has a thread that reads; memory and threads tell what that costs.
/// </summary>
internal static class StreamRoomsSoak
{
    private const int Few = 10;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(20);

    public static async Task RunAsync(double rooms, Report report)
    {
        var few = await MeasureAsync(Math.Min(Few, (int)rooms), report);
        var all = await MeasureAsync((int)rooms, report);
        if (rooms > Few)
        {
            report.Target("resident memory a further room", (all.Resident - few.Resident) / (rooms - Few), "MB", 1.2, "0.000");
            report.Figure("threads a further room", (all.Threads - few.Threads) / (rooms - Few), "", "0.00");
        }
    }

    private static async Task<(double Resident, int Threads)> MeasureAsync(int rooms, Report report)
    {
        using var folder = new TemporaryFolder();
        using var over = new CancellationTokenSource();
        var speech = MemoryMarshal.AsBytes(Sounds.Loop(Sounds.Spoken, 60).Select(sample => (short)(sample * short.MaxValue)).ToArray().AsSpan()).ToArray();
        var senders = Enumerable.Range(0, rooms).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        senders.ForEach(sender => sender.Start());
        var sending = senders.Select(sender => SendAsync(sender, speech, over.Token)).ToList();
        var configuration = new StringBuilder("node: house\noutput: none\nrooms:\n");
        for (var i = 0; i < rooms; i++)
        {
            configuration.Append(CultureInfo.InvariantCulture, $"  room{i}:\n    device: tcp://{senders[i].LocalEndpoint}\n");
        }

        var file = folder.PathOf("rooms.yaml");
        await File.WriteAllTextAsync(file, configuration.ToString());
        await using var daemon = RoomsSoak.Start(file);
        daemon.StandardInput.Close();
        await Task.Delay(Settled);
        var process = daemon.Id.ToString(CultureInfo.InvariantCulture);
        var (begin, cpu) = (Stopwatch.GetTimestamp(), ProcessFigures.ProcessorSeconds(process));
        await Task.Delay(Settled);
        cpu = (ProcessFigures.ProcessorSeconds(process) - cpu) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var (resident, threads) = (ProcessFigures.ResidentMegabytes(process), Directory.GetDirectories($"/proc/{process}/task").Length);
        daemon.Terminate();
        var result = await daemon.ExitAsync();
        await over.CancelAsync();
        await Task.WhenAll(sending);
        report.Note($"{rooms} rooms that hear a stream each:");
        report.Figure("processor time a second", cpu, "s", "0.000");
        report.Figure("resident memory", resident, "MB", "0.0");
        report.Figure("threads", threads, "");
        report.Require(result.ExitCode == 0, "it ends well");
        var heard = result.Errors.Split('\n').Count(line => line.Contains("listening to tcp://", StringComparison.Ordinal));
        report.Require(heard == rooms, $"every room is heard: {heard}");
        return (resident, threads);
    }

    private static async Task SendAsync(TcpListener listener, byte[] speech, CancellationToken over)
    {
        using (listener)
        {
            try
            {
                using var socket = await listener.AcceptSocketAsync(over);
                var began = Stopwatch.GetTimestamp();
                for (var sent = 0; sent < speech.Length;)
                {
                    var due = Math.Min(speech.Length, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * Sounds.SampleRate) * sizeof(short));
                    sent += due > sent ? await socket.SendAsync(speech.AsMemory(sent..due), over) : 0;
                    await Task.Delay(Piece, over);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException)
            {
                // The daemon has ended.
            }
        }
    }
}
