using System.Globalization;

namespace SernetStream.Testing;

/// <summary>A real web server, Python's, of a folder. Disposing it kills it.</summary>
public sealed class FileServer : IAsyncDisposable
{
    /// <summary>The program it needs: give this to <see cref="NeedsFactAttribute"/>.</summary>
    public const string Needs = "python3";

    private const string Script = """
        import functools, http.server, ssl, sys
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[2])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler)
        if len(sys.argv) > 3:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[3], sys.argv[4])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print("ready", flush=True)
        server.serve_forever()
        """;

    private readonly ChildProcess _child;

    private FileServer(ChildProcess child)
    {
        _child = child;
    }

    /// <summary>Starts it.</summary>
    /// <param name="port">A free port.</param>
    /// <param name="folder">What it serves.</param>
    /// <param name="certificate">For HTTPS; null: HTTP.</param>
    public static async Task<FileServer> StartAsync(int port, string folder, PemPair? certificate = null)
    {
        string[] tls = certificate is null ? [] : [certificate.CertificateFile, certificate.KeyFile];
        var child = ChildProcess.Start("/usr/bin/python3", ["-c", Script, port.ToString(CultureInfo.InvariantCulture), folder, .. tls]);
        await child.OutputLineAsync(line => line == "ready");
        return new FileServer(child);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
