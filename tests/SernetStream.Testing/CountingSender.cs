using System.Globalization;

namespace SernetStream.Testing;

/// <summary>
/// A real process that sends raw samples, 16 bit, over TCP or UDP: 1, 2, 3 and so on. So a listener sees what is missing. It
/// sends 10 ms at a time, and says how much it has sent. Disposing it kills it in the middle.
/// </summary>
public sealed class CountingSender : IAsyncDisposable
{
    /// <summary>The program it needs: give this to <see cref="NeedsFactAttribute"/>.</summary>
    public const string Needs = "python3";

    private const string Script = """
        import array, socket, sys, time
        kind, host, port, rest, source = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
        peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        peer.bind((source, 0))
        while peer.connect_ex((host, port)) != 0:
            time.sleep(0.01)
            peer.close()
            peer = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
            peer.bind((source, 0))
        sent = 0
        while sent < 30000:
            piece = array.array("h", range(sent + 1, sent + 161))
            if sys.byteorder == "big":
                piece.byteswap()
            try:
                peer.sendall(piece.tobytes())
                sent += 160
                print(sent, flush=True)
            except ConnectionRefusedError:
                pass  # Nobody hears datagrams yet.
            except OSError as error:
                print("refused", flush=True)
                break
            time.sleep(rest)
        while True:
            time.sleep(1)
        """;

    private readonly ChildProcess _child;

    private CountingSender(ChildProcess child)
    {
        _child = child;
    }

    /// <summary>Starts one.</summary>
    /// <param name="kind">tcp or udp.</param>
    /// <param name="port">The port that it sends to.</param>
    /// <param name="rest">Seconds between two pieces.</param>
    /// <param name="from">The address that it sends from.</param>
    public static CountingSender Start(string kind, int port, double rest = 0.01, string from = "127.0.0.1") => new(
        ChildProcess.Start("/usr/bin/python3", ["-c", Script, kind, "127.0.0.1", $"{port}", rest.ToString(CultureInfo.InvariantCulture), from]));

    /// <summary>Kills it in the middle of its work; says how many samples it had sent at least.</summary>
    public async Task<int> KillAsync()
    {
        _child.Kill();
        await _child.ExitAsync();
        return _child.OutputLines.Select(line => int.TryParse(line, CultureInfo.InvariantCulture, out var sent) ? sent : 0).Max();
    }

    /// <summary>Waits until the peer has closed the connection.</summary>
    public Task RefusedAsync() => _child.OutputLineAsync(line => line == "refused");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
