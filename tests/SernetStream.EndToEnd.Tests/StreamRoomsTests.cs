using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Rooms on streams in one daemon: those that send, those that are silent, and those that cannot be reached.</summary>
public sealed class StreamRoomsTests : IDisposable
{
    /// <summary>Threads that there would be one of for each room, by their names (proc(5): at most 15 characters).</summary>
    private static readonly string[] OfOneRoom = ["sernet pump", "open audio devi"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("ffmpeg")]
    public async Task Twenty_rooms_on_streams_need_no_more_threads_than_two()
    {
        var few = await ThreadsAsync(tcp: 1, udp: 0, web: 1, silent: 0, mute: 0, _ => true);
        // The pool of .NET has a few more or fewer from one second to the next.
        var many = await ThreadsAsync(tcp: 5, udp: 4, web: 4, silent: 4, mute: 3, threads => threads <= few + 3);
        Assert.True(many <= few + 3, $"{few} threads with 2 rooms, {many} with 20");
    }

    [NeedsFact("ffmpeg")]
    public async Task A_room_on_a_stream_goes_by_SIGHUP_and_nothing_waits_for_those_that_connect()
    {
        using var kitchen = new TcpSender();
        using var hall = new TcpSender();
        using var silent = new Silent();
        var port = Loopback.FreePort();
        using var web = new HttpStream(port, "audio/wav", [], stalls: true);
        var connecting = $"  silent:\n    device: tcp://{silent.Address}\n  web:\n    device: http://127.0.0.1:{port}/x\n";
        var file = await WriteAsync($"  kitchen:\n    device: tcp://{kitchen.Address}\n  hall:\n    device: tcp://{hall.Address}\n{connecting}");
        await using var daemon = Sernetd.Start(["--config", file]);
        daemon.StandardInput.Close();
        await HeardAsync(daemon, 2);
        await silent.Connected;
        await UntilAsync(() => Children(daemon.Id).Count == 1);

        // The hall's connection ends, and that of nobody else.
        await WriteAsync($"  kitchen:\n    device: tcp://{kitchen.Address}\n{connecting}");
        daemon.HangUp();
        await daemon.ErrorLineAsync(line => line.Contains("rooms added: 0, changed: 0, removed: 1", StringComparison.Ordinal));
        await hall.Ended.WaitAsync(ChildProcess.WaitTimeout);
        Assert.False(kitchen.Ended.IsCompleted);

        // One that connects goes too, with its program.
        await WriteAsync($"  kitchen:\n    device: tcp://{kitchen.Address}\n");
        daemon.HangUp();
        await daemon.ErrorLineAsync(line => line.Contains("rooms added: 0, changed: 0, removed: 2", StringComparison.Ordinal));
        await UntilAsync(() => Children(daemon.Id).Count == 0);
        Assert.False(kitchen.Ended.IsCompleted);

        // An end while rooms connect is an end like any other.
        await WriteAsync($"  kitchen:\n    device: tcp://{kitchen.Address}\n{connecting}");
        daemon.HangUp();
        await daemon.ErrorLineAsync(line => line.Contains("rooms added: 2, changed: 0, removed: 0", StringComparison.Ordinal));
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
        await kitchen.Ended.WaitAsync(ChildProcess.WaitTimeout);
    }

    /// <summary>Threads of a daemon with so many rooms of each kind, once all that send are heard and the number suits, or does not come to.</summary>
    private async Task<int> ThreadsAsync(int tcp, int udp, int web, int silent, int mute, Func<int, bool> suits)
    {
        var senders = Enumerable.Range(0, tcp).Select(_ => new TcpSender()).ToList();
        var ports = Enumerable.Range(0, udp + web + mute).Select(_ => Loopback.FreePort()).ToList();
        var (udpPorts, webPorts, mutePorts) = (ports[..udp], ports[udp..(udp + web)], ports[(udp + web)..]);
        var servers = webPorts.Select(port => new HttpStream(port, "audio/wav", Wav.Pcm16(16_000, 1, Wav.Tone(60 * 16_000)), stalls: true)).ToList();
        var silents = Enumerable.Range(0, silent).Select(_ => new Silent()).ToList();
        using var over = new CancellationTokenSource();
        var sending = SendAsync(udpPorts, over.Token);
        try
        {
            string[] devices =
            [
                .. senders.Select(sender => $"tcp://{sender.Address}"),
                .. udpPorts.Select(port => $"udp://127.0.0.1:{port}"),
                .. webPorts.Select(port => $"http://127.0.0.1:{port}/x.wav"),
                .. silents.Select(one => $"tcp://{one.Address}"),
                .. mutePorts.Select(port => $"rtp://127.0.0.1:{port}"),
            ];
            var file = await WriteAsync(string.Concat(devices.Select((device, i) => $"  room{i}:\n    device: {device}\n")));
            await using var daemon = Sernetd.Start(["--config", file]);
            daemon.StandardInput.Close();
            await HeardAsync(daemon, tcp + udp + web);
            await Task.WhenAll(silents.Select(one => one.Connected));
            Assert.Empty(Threads(daemon.Id).Intersect(OfOneRoom));
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < ChildProcess.WaitTimeout && !suits(Threads(daemon.Id).Count);)
            {
                await Task.Delay(200);
            }

            var threads = Threads(daemon.Id);
            daemon.Terminate();
            Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
            return threads.Count;
        }
        finally
        {
            await over.CancelAsync();
            await sending;
            senders.ForEach(sender => sender.Dispose());
            servers.ForEach(server => server.Dispose());
            silents.ForEach(one => one.Dispose());
        }
    }

    private async Task<string> WriteAsync(string rooms)
    {
        var file = _folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(file, $"node: house\noutput: none\nrooms:\n{rooms}");
        return file;
    }

    private static Task HeardAsync(ChildProcess daemon, int rooms) =>
        UntilAsync(() => daemon.ErrorLines.Count(line => line.Contains(": listening to ", StringComparison.Ordinal)) >= rooms);

    private static async Task UntilAsync(Func<bool> isDone)
    {
        for (var began = Stopwatch.GetTimestamp(); !isDone();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < ChildProcess.WaitTimeout, "it does not come about");
            await Task.Delay(50);
        }
    }

    private static List<string> Threads(int process) =>
    [
        .. Directory.GetDirectories($"/proc/{process}/task").Select(thread => Path.Join(thread, "comm")).Where(File.Exists).Select(file => File.ReadAllText(file).Trim()),
    ];

    private static List<int> Children(int process) =>
    [
        .. Process.GetProcessesByName("ffmpeg").Select(child => child.Id).Where(id =>
            File.Exists($"/proc/{id}/status") && File.ReadAllText($"/proc/{id}/status").Contains($"PPid:\t{process}\n", StringComparison.Ordinal)),
    ];

    private static async Task SendAsync(List<int> ports, CancellationToken over)
    {
        using var socket = new UdpClient();
        var packet = Piece();
        while (!over.IsCancellationRequested)
        {
            foreach (var port in ports)
            {
                await socket.SendAsync(packet, new IPEndPoint(IPAddress.Loopback, port), CancellationToken.None);
            }

            await Task.Delay(20, over).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>20 ms of a tone.</summary>
    private static byte[] Piece() => System.Runtime.InteropServices.MemoryMarshal.AsBytes(Wav.Tone(320).AsSpan()).ToArray();

    /// <summary>Takes connections, and says nothing.</summary>
    private sealed class Silent : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Silent()
        {
            _listener.Start();
            Connected = _listener.AcceptSocketAsync();
        }

        public EndPoint Address => _listener.LocalEndpoint;

        public Task<Socket> Connected { get; }

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>Sends a tone in real time to the first who connects, until the connection ends.</summary>
    private sealed class TcpSender : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _over = new();

        public TcpSender()
        {
            _listener.Start();
            Ended = SendAsync();
        }

        public EndPoint Address => _listener.LocalEndpoint;

        public Task Ended { get; }

        public void Dispose()
        {
            _over.Cancel();
            _listener.Dispose();
        }

        private async Task SendAsync()
        {
            try
            {
                using var socket = await _listener.AcceptSocketAsync(_over.Token);
                for (var piece = Piece(); ;)
                {
                    await socket.SendAsync(piece, _over.Token);
                    await Task.Delay(20, _over.Token);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Nobody listens any more.
            }
        }
    }
}
