using System.Globalization;

namespace SernetStream.Testing;

/// <summary>A real RTSP server, GStreamer's, on this machine. Disposing it kills it.</summary>
public sealed class RtspServer : IAsyncDisposable
{
    /// <summary>What it needs; see <see cref="NeedsFactAttribute"/>.</summary>
    public const string Needs = "gi:GstRtspServer-1.0";

    /// <summary>A camera with picture and sound.</summary>
    public const string Camera = $"( {Picture} {Sound}1 pt=0 )";

    /// <summary>A camera whose microphone is off.</summary>
    public const string Mute = $"( {Picture} )";

    private const string Picture = "videotestsrc is-live=true ! jpegenc ! rtpjpegpay name=pay0 pt=26";
    private const string Sound = "audiotestsrc is-live=true volume=0.5 ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay";

    private const string Script = """
        import os, sys, gi
        gi.require_version("Gst", "1.0")
        gi.require_version("GstRtspServer", "1.0")
        from gi.repository import Gio, GLib, Gst, GstRtspServer
        Gst.init(None)
        server = GstRtspServer.RTSPServer()
        server.set_address("127.0.0.1")
        server.set_service(sys.argv[1])
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(sys.argv[2])
        factory.set_shared(True)
        if "RTSP_PASSWORD" in os.environ:
            token = GstRtspServer.RTSPToken()
            token.set_string("media.factory.role", "listener")
            auth = GstRtspServer.RTSPAuth()
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic("user", os.environ["RTSP_PASSWORD"]), token)
            if "RTSP_CERTIFICATE" in os.environ:
                auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(os.environ["RTSP_CERTIFICATE"], os.environ["RTSP_KEY"]))
            server.set_auth(auth)
            factory.add_role_from_structure(Gst.Structure.from_string(
                "listener, media.factory.access=(boolean)true, media.factory.construct=(boolean)true")[0])
        server.get_mount_points().add_factory("/mic", factory)
        server.attach(None)
        print("ready", flush=True)
        GLib.MainLoop().run()
        """;

    private readonly ChildProcess _child;

    private RtspServer(ChildProcess child)
    {
        _child = child;
    }

    /// <summary>Starts it; its stream is <c>/mic</c>.</summary>
    /// <param name="port">A free port.</param>
    /// <param name="launch">What it sends, as gst-launch writes it.</param>
    /// <param name="password">Of the user called user; null: everybody may listen.</param>
    /// <param name="certificate">What it encrypts with, where there is a password; null: nothing is encrypted.</param>
    public static async Task<RtspServer> StartAsync(int port, string launch, string? password = null, PemPair? certificate = null)
    {
        var environment = new Dictionary<string, string>();
        if (password is not null)
        {
            environment["RTSP_PASSWORD"] = password;
        }

        if (certificate is not null)
        {
            (environment["RTSP_CERTIFICATE"], environment["RTSP_KEY"]) = (certificate.CertificateFile, certificate.KeyFile);
        }

        // Debian's own Python, which has GStreamer's bindings.
        var child = ChildProcess.Start("/usr/bin/python3", ["-c", Script, port.ToString(CultureInfo.InvariantCulture), launch], environment);
        await child.OutputLineAsync(line => line == "ready");
        return new RtspServer(child);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
