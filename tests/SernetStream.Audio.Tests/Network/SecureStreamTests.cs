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

    /// <summary>ffmpeg 5.1 would ask it for its stream, whatever certificate it shows.</summary>
    [Fact]
    public void A_camera_whose_certificate_nobody_can_check_is_refused() =>
        Refused($"rtsps://user@127.0.0.1:{_port}/mic", AudioDeviceError.FormatRefused, "cannot be trusted: ffmpeg checks no certificate of rtsps");
}
