using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// Rooms that hear streams: the daemon with ten and then all of them, each with a sender of its own that sends speech in real
/// time: a third each on <c>tcp://</c>, <c>udp://</c> and <c>http://</c> (through ffmpeg). Memory and threads tell what a room costs.
/// </summary>
internal static class StreamRoomsSoak
{
    private const int Few = 10;
    private static readonly string[] Schemes = ["tcp", "udp", "http"];
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(20);

    /// <summary>What a datagram holds, in bytes.</summary>
    private const int LongestPiece = 1280;

    /// <summary>The answer of a web radio that sends plain samples: a header of WAV that does not know its end.</summary>
    private static readonly byte[] WebHead =
    [
        .. "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n"u8, .. "RIFF"u8, 255, 255, 255, 255, .. "WAVEfmt "u8,
        16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0, 2, 0, 16, 0, .. "data"u8, 255, 255, 255, 255,
    ];

    public static async Task RunAsync(double rooms, Report report)
    {
        var few = await MeasureAsync(Math.Min(Few, (int)rooms), report);
        var all = await MeasureAsync((int)rooms, report);
        if (rooms > Few)
        {
            report.Target("resident memory a further room", (all.Resident - few.Resident) / (rooms - Few), "MB", 1.2, "0.000");
            report.Require(all.Threads <= few.Threads + 4, $"threads do not grow with rooms: {few.Threads} at {Few}, {all.Threads} at {rooms:0}");
        }
    }

    private static async Task<(double Resident, int Threads)> MeasureAsync(int rooms, Report report)
    {
        using var folder = new TemporaryFolder();
        using var over = new CancellationTokenSource();
        var speech = MemoryMarshal.AsBytes(Sounds.Loop(Sounds.Spoken, 60).Select(sample => (short)(sample * short.MaxValue)).ToArray().AsSpan()).ToArray();
        var (sending, configuration) = (new List<Task>(), new StringBuilder("node: house\noutput: none\nrooms:\n"));
        for (var i = 0; i < rooms; i++)
        {
            var scheme = Schemes[i % Schemes.Length];
            var port = 0;
            if (scheme == "udp")
            {
                port = Loopback.FreePort();
                sending.Add(SendToAsync(port, speech, over.Token));
            }
            else
            {
                var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                port = ((IPEndPoint)listener.LocalEndpoint).Port;
                sending.Add(ServeAsync(listener, scheme == "http", speech, over.Token));
            }

            configuration.Append(CultureInfo.InvariantCulture, $"  room{i}:\n    device: {scheme}://127.0.0.1:{port}{(scheme == "http" ? "/x.wav" : "")}\n");
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
        var heard = result.Errors.Split('\n').Count(line => line.Contains(": listening to ", StringComparison.Ordinal));
        report.Require(heard == rooms, $"every room is heard: {heard}");
        return (resident, threads);
    }

    private static async Task ServeAsync(TcpListener listener, bool isWeb, byte[] speech, CancellationToken over)
    {
        using (listener)
        {
            try
            {
                using var socket = await listener.AcceptSocketAsync(over);
                if (isWeb)
                {
                    // The request of ffmpeg comes in one piece.
                    await socket.ReceiveAsync(new byte[4096], over);
                    await socket.SendAsync(WebHead, over);
                }

                await SendAsync(speech, async bytes => await socket.SendAsync(bytes, over), over);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException)
            {
                // The daemon has ended.
            }
        }
    }

    private static async Task SendToAsync(int port, byte[] speech, CancellationToken over)
    {
        using var socket = new UdpClient();
        var room = new IPEndPoint(IPAddress.Loopback, port);
        try
        {
            await SendAsync(speech, async bytes => await socket.SendAsync(bytes, room, over), over);
        }
        catch (OperationCanceledException)
        {
            // The daemon has ended.
        }
    }

    private static async Task SendAsync(byte[] speech, Func<ReadOnlyMemory<byte>, Task> send, CancellationToken over)
    {
        var began = Stopwatch.GetTimestamp();
        for (var sent = 0; sent < speech.Length;)
        {
            var due = Math.Min(speech.Length, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * Sounds.SampleRate) * sizeof(short));
            for (; sent < due; sent = Math.Min(due, sent + LongestPiece))
            {
                await send(speech.AsMemory(sent..Math.Min(due, sent + LongestPiece)));
            }

            await Task.Delay(Piece, over);
        }
    }
}
