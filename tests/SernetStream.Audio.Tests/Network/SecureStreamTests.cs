using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>HLS and HTTPS, from real servers with certificates of their own; RTSPS.</summary>
public sealed class SecureStreamTests : IDisposable
{
    private static readonly DeviceOptions Trusting = Patient with { Network = new NetworkOptions { Verify = false } };

    private readonly StreamListener _listener = new();
    private readonly TemporaryFolder _folder = new();
    private readonly TestCertificates _certificates = new();
    private readonly int _port = Loopback.FreePort();

    public void Dispose()
    {
        _folder.Dispose();
        _certificates.Dispose();
    }

    [NeedsFact("ffmpeg", FileServer.Needs)]
    public async Task Hls_is_heard_on_from_one_piece_to_the_next()
    {
        await using var writer = ChildProcess.Start("ffmpeg", [
            "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "aevalsrc=0.25*sin(2*PI*1000*t):s=48000", "-c:a", "aac",
            "-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments", _folder.PathOf("live.m3u8"),
        ]);
        await using var server = await FileServer.StartAsync(_port, _folder.FullPath);
        using var source = _listener.Open($"http://127.0.0.1:{_port}/live.m3u8", Patient with { WaitForDevice = true });
        _listener.Hear(source, 5 * 16_000);
    }

    [NeedsFact("ffmpeg", FileServer.Needs)]
    public async Task A_web_server_with_a_certificate_of_its_own_is_refused_until_it_is_trusted()
    {
        _folder.Write("x.wav", WavBytes.Pcm(16_000, 1, 16, [.. Enumerable.Repeat(0.25f, 48_000)]));
        foreach (var certificate in (PemPair[])[_certificates.Server(), _certificates.Server("elsewhere.invalid"), _certificates.Server(notAfter: DateTimeOffset.UtcNow.AddHours(-1))])
        {
            await using var server = await FileServer.StartAsync(_port, _folder.FullPath, certificate);
            var device = $"https://127.0.0.1:{_port}/x.wav";
            Refused(device, AudioDeviceError.NotFound, "cannot be trusted: its certificate is not valid here");
            using var source = _listener.Open(device, Trusting);
            _listener.Hear(source, 8_000);
        }
    }

    [NeedsFact("ffmpeg", FileServer.Needs)]
    public async Task An_authority_of_ones_own_is_accepted_where_it_is_named()
    {
        _folder.Write("x.wav", WavBytes.Pcm(16_000, 1, 16, [.. Enumerable.Repeat(0.25f, 48_000)]));
        await using var server = await FileServer.StartAsync(_port, _folder.FullPath, _certificates.Server());
        var device = $"https://127.0.0.1:{_port}/x.wav";
        using var other = new TestCertificates("another authority");
        Refused(device, AudioDeviceError.NotFound, "Name its authority in capture.ca_file", Named(other));
        using var source = _listener.Open(device, Named(_certificates));
        _listener.Hear(source, 8_000);
    }

    [NeedsFact("ffmpeg", FileServer.Needs)]
    public async Task A_list_of_addresses_whose_certificates_nobody_checks_is_refused()
    {
        var elsewhere = Loopback.FreePort();
        var made = await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "sine=1000:duration=3", "-c:a", "aac", _folder.PathOf("x.ts")]);
        Assert.Equal(0, made.ExitCode);
        _folder.Write("live.m3u8", $"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nhttps://127.0.0.1:{elsewhere}/x.ts\n#EXT-X-ENDLIST\n");
        await using var trusted = await FileServer.StartAsync(_port, _folder.FullPath, _certificates.Server());
        await using var forged = await FileServer.StartAsync(elsewhere, _folder.FullPath, _certificates.Server("elsewhere.invalid"));
        var device = $"https://127.0.0.1:{_port}/live.m3u8";
        Refused(device, AudioDeviceError.FormatRefused, "whose certificates ffmpeg does not check", Named(_certificates));
        using var source = _listener.Open(device, Trusting);
        _listener.Hear(source, 8_000);
    }

    [NeedsFact("ffmpeg", RtspServer.Needs)]
    public async Task A_camera_that_encrypts_is_heard_where_nobody_checks_its_certificate()
    {
        await using var server = await RtspServer.StartAsync(_port, RtspServer.Camera, "s3cret", _certificates.Server("elsewhere.invalid"));
        var trusting = Patient with { Network = new NetworkOptions { Verify = false, Password = "s3cret" } };
        using var source = _listener.Open($"rtsps://user@127.0.0.1:{_port}/mic", trusting);
        _listener.Hear(source, 8_000);

        // It speaks to nobody who does not encrypt.
        Assert.Throws<AudioDeviceException>(() => _listener.Open($"rtsp://user@127.0.0.1:{_port}/mic", trusting with { OpenLimit = TimeSpan.FromSeconds(1) }));
    }

    [Fact]
    public void A_file_without_an_authority_is_said()
    {
        Assert.Contains("holds no certificate", NetworkOptions.AuthorityProblem(_folder.Write("x.pem", "hello"))!, StringComparison.Ordinal);
        Assert.Contains("cannot be read", NetworkOptions.AuthorityProblem(_folder.PathOf("none.pem"))!, StringComparison.Ordinal);
        Assert.Null(NetworkOptions.AuthorityProblem(_certificates.AuthorityFile));
    }

    private static DeviceOptions Named(TestCertificates certificates) =>
        Patient with { Network = new NetworkOptions { AuthorityFile = certificates.AuthorityFile } };

    /// <summary>ffmpeg 5.1 would ask it for its stream, whatever certificate it shows.</summary>
    [Fact]
    public void A_camera_whose_certificate_nobody_can_check_is_refused() =>
        Refused($"rtsps://user@127.0.0.1:{_port}/mic", AudioDeviceError.FormatRefused, "cannot be trusted: ffmpeg checks no certificate of rtsps");
}
