using System.Diagnostics;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Streams of the network as the daemon's source.</summary>
public sealed class NetworkSourceTests
{
    [Fact]
    public async Task A_password_in_the_address_is_refused_and_not_repeated()
    {
        var result = await Sernetd.RunAsync("run", "--device", "rtsp://user:hidden@camera/mic");
        Sernetd.AssertRefused(result, 2, "capture.password_file");
        Assert.DoesNotContain("hidden", result.Errors + result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/x", "ffmpeg", "ffmpeg")]
    [InlineData("pulse:x", "parec", "pulseaudio-utils")]
    public async Task Without_its_program_it_says_what_to_install(string address, string program, string package)
    {
        using var empty = new TemporaryFolder();
        var environment = new Dictionary<string, string> { ["PATH"] = empty.FullPath };
        string[] device = ["--device", address];
        Sernetd.AssertRefused(await Sernetd.RunAsync(["run", .. device], environment), 5, $"sudo apt install {package}");
        var doctor = await Sernetd.RunAsync(["doctor", .. device], environment);
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains($"{program}, which is needed to hear this device", doctor.Output, StringComparison.Ordinal);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task The_sources_of_the_sound_server_are_listed_as_the_daemon_takes_them()
    {
        await using var room = await PulseRoom.OpenAsync();
        var listed = JsonDocument.Parse((await Sernetd.RunAsync(["devices", "--json"], room.Environment)).Output).RootElement.EnumerateArray();
        var source = Assert.Single(listed, device => device.GetProperty("hostApi").GetString() == "PulseAudio");
        Assert.Equal(
            """{"device":"pulse:room.monitor","index":null,"name":"room.monitor","hostApi":"PulseAudio","maxInputChannels":2,"defaultSampleRate":48000,"isDefault":true,"isMonitor":true}""",
            source.GetRawText());
        var table = await Sernetd.RunAsync(["devices"], room.Environment);
        Assert.Matches(@"\*     pulse:room\.monitor +PulseAudio +2 ch   48000 Hz  what a loudspeaker plays", table.Output);
        await using var daemon = Sernetd.Start(["run", "--device", source.GetProperty("device").GetString()!, "--output", "none"], room.Environment);
        await daemon.ErrorLineAsync(line => line.Contains("listening to pulse:room.monitor", StringComparison.Ordinal));
    }

    [NeedsFact("python:zeroconf")]
    public async Task Wyoming_services_and_cameras_of_the_network_are_listed_as_the_daemon_takes_them()
    {
        await using var responder = ChildProcess.Start(
            "/usr/bin/python3",
            [
                "-c",
                """
                import socket, sys
                from zeroconf import ServiceInfo, Zeroconf
                zeroconf = Zeroconf()
                for service, name, port, properties in (
                        ("_wyoming._tcp.local.", "Satellite of the attic", 10700, {}),
                        ("_rtsp._tcp.local.", "Camera of the attic", 554, {"path": "/axis-media/media.amp"}),
                        ("_rtsp._tcp.local.", "Camera of the cellar", 8554, {"path": "no#path"})):
                    zeroconf.register_service(ServiceInfo(
                        service, f"{name}.{service}", addresses=[socket.inet_aton("127.0.0.9")], port=port, properties=properties, server="sernet-attic.local."))
                print("registered", flush=True)
                sys.stdin.read()
                """,
            ]);
        await responder.OutputLineAsync(line => line == "registered");

        var listed = JsonDocument.Parse((await Sernetd.RunAsync("devices", "--json")).Output).RootElement.EnumerateArray().ToList();
        foreach (var (name, address, api) in new[]
        {
            ("Satellite of the attic", "wyoming://127.0.0.9:10700", "Wyoming"),
            ("Camera of the attic", "rtsp://127.0.0.9/axis-media/media.amp", "RTSP"),
            ("Camera of the cellar", "rtsp://127.0.0.9:8554/", "RTSP"),
        })
        {
            Assert.Equal(
                $$"""{"device":"{{address}}","index":null,"name":"{{name}}","hostApi":"{{api}}","maxInputChannels":null,"defaultSampleRate":null,"isDefault":false,"isMonitor":false}""",
                Assert.Single(listed, device => device.GetProperty("name").GetString() == name).GetRawText());
        }

        Assert.Matches("     wyoming://127\\.0\\.0\\.9:10700 +Wyoming +Satellite of the attic", (await Sernetd.RunAsync("devices")).Output);
        var alone = await Sernetd.RunAsync("devices", "--no-network");
        Assert.DoesNotContain("127.0.0.9", alone.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("local network", alone.Output, StringComparison.Ordinal);
    }

    [NeedsFact("ffmpeg", RtspServer.Needs)]
    public async Task A_wrong_password_is_said_and_not_shown()
    {
        var port = Loopback.FreePort();
        await using var server = await RtspServer.StartAsync(port, RtspServer.Camera, "right");
        using var folder = new TemporaryFolder();
        var file = folder.Write("password", "hidden\n"u8.ToArray());
        var result = await Sernetd.RunAsync(
            "run", "--device", $"rtsp://user@127.0.0.1:{port}/mic", "--log-level", "debug", "--set", $"capture.password_file={file}");
        Sernetd.AssertRefused(result, 4, "refused the user name or the password");
        Assert.DoesNotContain("hidden", result.Errors + result.Output, StringComparison.Ordinal);
    }

    [NeedsTheory("ffmpeg", RtspServer.Needs)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_ffmpeg_outlives_the_daemon(bool isKilled)
    {
        var port = Loopback.FreePort();
        await using var server = await RtspServer.StartAsync(port, RtspServer.Camera);
        await using var daemon = Sernetd.Start(["run", "--device", $"rtsp://127.0.0.1:{port}/mic", "--output", "none"]);
        await daemon.ErrorLineAsync(line => line.Contains("listening to rtsp", StringComparison.Ordinal));
        using var child = Assert.Single(Process.GetProcessesByName("ffmpeg"), process => IsChildOf(process, daemon.Id));
        if (isKilled)
        {
            daemon.Kill();
        }
        else
        {
            daemon.Terminate();
        }

        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        await child.WaitForExitAsync(limit.Token);
    }

    private static bool IsChildOf(Process process, int parent)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/status").Contains($"PPid:\t{parent}\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
