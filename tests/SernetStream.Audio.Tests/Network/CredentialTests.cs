using System.Collections.Concurrent;
using System.Globalization;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>The password of a web stream: who gets it, and where else it can be read. For cameras, see FfmpegSourceTests.</summary>
public sealed class CredentialTests : IDisposable
{
    private const string Password = "s3cr:t@/'x";
    private const string Needs = "python3";

    /// <summary>Asks for the user and the password, says on each line whether it got them, and redirects /redirect.</summary>
    private const string Script = """
        import base64, http.server, ssl, sys
        port, wav, target, expected = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.stdin.readline().rstrip("\n")
        wanted = "Basic " + base64.b64encode(("user:" + expected).encode()).decode()
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                got = self.headers.get("Authorization")
                print("right" if got == wanted else "nothing" if got is None else "wrong", flush=True)
                if self.path == "/redirect":
                    self.send_response(302)
                    self.send_header("Location", target)
                    self.end_headers()
                elif got != wanted and expected:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="x"')
                    self.end_headers()
                else:
                    self.send_response(200)
                    self.send_header("Content-Type", "audio/wav")
                    self.end_headers()
                    self.wfile.write(open(wav, "rb").read())
            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        if len(sys.argv) > 4:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[4], sys.argv[5])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print("ready", flush=True)
        server.serve_forever()
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificates _certificates = new();
    private readonly ConcurrentQueue<DeviceStatus> _news = new();
    private readonly int _port = Loopback.FreePort();

    public void Dispose()
    {
        _folder.Dispose();
        _certificates.Dispose();
    }

    [NeedsTheory("ffmpeg", Needs)]
    [InlineData("http")]
    [InlineData("https")]
    public async Task The_password_reaches_its_server_and_nobody_else(string scheme)
    {
        await using var server = await ServeAsync(_port, Password, scheme == "https" ? _certificates.Server() : null);
        var device = $"{scheme}://user@127.0.0.1:{_port}/x.wav?key=s3cr";
        using (var source = AudioSourceFactory.Open(device, options: With(Password), report: _news.Enqueue))
        {
            Assert.NotEqual(0, source.Read(new float[1_000], 100, CancellationToken.None).Count);
            Assert.Equal($"{scheme}://127.0.0.1:{_port}/x.wav", source.Name);
            Assert.DoesNotContain(Readable(), text => text.Contains("s3cr", StringComparison.Ordinal));
        }

        Assert.Contains("right", server.OutputLines);
        var refusal = Refused(device, AudioDeviceError.NoPermission, "capture.password_file", With(Password + "y"));
        Assert.DoesNotContain("s3cr", refusal + string.Concat(_news), StringComparison.Ordinal);
    }

    [NeedsFact("ffmpeg", Needs)]
    public async Task Another_server_that_it_is_sent_to_does_not_get_it()
    {
        var elsewhere = Loopback.FreePort();
        await using var other = await ServeAsync(elsewhere, "");
        await using var server = await ServeAsync(_port, Password, target: $"http://localhost:{elsewhere}/x.wav");
        using var source = AudioSourceFactory.Open($"http://user@127.0.0.1:{_port}/redirect", options: With(Password));
        Assert.NotEqual(0, source.Read(new float[1_000], 100, CancellationToken.None).Count);
        Assert.Equal(["nothing"], other.OutputLines.Where(line => line != "ready").Distinct());
    }

    private DeviceOptions With(string password) =>
        Patient with { Network = new NetworkOptions { Password = password, AuthorityFile = _certificates.AuthorityFile } };

    private async Task<ChildProcess> ServeAsync(int port, string password, PemPair? certificate = null, string target = "")
    {
        var wav = _folder.Write("x.wav", WavBytes.Pcm(16_000, 1, 16, [.. Enumerable.Repeat(0.25f, 160_000)]));
        string[] tls = certificate is null ? [] : [certificate.CertificateFile, certificate.KeyFile];
        var server = ChildProcess.Start("/usr/bin/python3", ["-c", Script, port.ToString(CultureInfo.InvariantCulture), wav, target, .. tls]);
        await server.StandardInput.WriteAsync(System.Text.Encoding.UTF8.GetBytes(password + "\n"));
        await server.StandardInput.FlushAsync();
        await server.OutputLineAsync(line => line == "ready");
        return server;
    }

    /// <summary>The command lines and the environments of this process's children.</summary>
    private static IEnumerable<string> Readable()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)))
        {
            var text = "";
            try
            {
                if (File.ReadAllText(folder + "/status").Contains($"PPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal))
                {
                    text = File.ReadAllText(folder + "/cmdline") + File.ReadAllText(folder + "/environ");
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }

            yield return text;
        }
    }
}
