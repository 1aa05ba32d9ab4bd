using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>
/// A process that sends recorded speech to a port in real time, over and over: ffmpeg by RTP, datagrams or TCP; a small program by Wyoming,
/// as a satellite sends to a service for wake words. Disposing it kills it.
/// </summary>
internal sealed class RoomSender : IAsyncDisposable
{
    /// <summary>The programs it needs: give these to <see cref="NeedsTheoryAttribute"/>.</summary>
    public const string NeedsFfmpeg = "ffmpeg";
    public const string NeedsPython = "python3";

    private const string Wyoming = """
        import json, socket, subprocess, sys
        host, port, ffmpeg = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
        peer = socket.create_connection((host, port))

        def send(kind, data=None, payload=b""):
            body = json.dumps(data).encode() if data else b""
            header = {"type": kind, "version": "1.7.2"}
            if body:
                header["data_length"] = len(body)
            if payload:
                header["payload_length"] = len(payload)
            peer.sendall(json.dumps(header).encode() + b"\n" + body + payload)

        send("describe")
        info = json.loads(peer.makefile("rb").readline())
        print(info["type"], sum(len(services) for services in info["data"].values()), flush=True)
        form = {"rate": 16000, "width": 2, "channels": 1, "timestamp": 0}
        send("audio-start", form)
        sound = subprocess.Popen(ffmpeg, stdout=subprocess.PIPE)
        try:
            while piece := sound.stdout.read(2048):
                send("audio-chunk", form, piece)
        except OSError:
            print("closed", flush=True)
        finally:
            sound.kill()
        """;

    private RoomSender(ChildProcess child) => Child = child;

    public ChildProcess Child { get; }

    /// <summary>The source of a room that is sent so; the address is any of the silo's.</summary>
    public static string SourceOf(string kind, int port, string from = "127.0.0.0/8") => string.Create(
        CultureInfo.InvariantCulture, $"{(kind is "tcp" or "wyoming" ? kind + "-listen" : kind)}://0.0.0.0:{port}?{(kind == "wyoming" ? "" : "rate=16000&")}from={from}");

    /// <summary>Starts one.</summary>
    public static RoomSender Start(string kind, string host, int port)
    {
        IEnumerable<string> Ffmpeg(params string[] output) =>
        [
            "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", Repository.PathOf("samples", "spoken.flac"), "-ar", "16000", "-ac", "1", .. output,
        ];
        var number = port.ToString(CultureInfo.InvariantCulture);
        return new RoomSender(kind switch
        {
            "rtp" => ChildProcess.Start("ffmpeg", [.. Ffmpeg("-c:a", "pcm_s16be", "-f", "rtp", $"rtp://{host}:{number}?pkt_size=1292")]),
            "udp" => ChildProcess.Start("ffmpeg", [.. Ffmpeg("-f", "s16le", $"udp://{host}:{number}?pkt_size=640")]),
            "tcp" => ChildProcess.Start("ffmpeg", [.. Ffmpeg("-f", "s16le", "-flush_packets", "1", $"tcp://{host}:{number}")]),
            _ => ChildProcess.Start("/usr/bin/python3", ["-c", Wyoming, host, number, "ffmpeg", .. Ffmpeg("-f", "s16le", "-flush_packets", "1", "-")]),
        });
    }

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
