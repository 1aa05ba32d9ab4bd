using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>
/// Checks docs/user/privacy.md from outside. While sernetd listens to a room, it talks to the broker and the sound server. It
/// opens no other connection and no port that is not configured, and writes only the file with its device id and the
/// list of its topics.
/// </summary>
public sealed class PrivacyTests : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly TemporaryFolder _state = new();

    public void Dispose()
    {
        _home.Dispose();
        _state.Dispose();
    }

    [NeedsTheory("strace", "pulseaudio", "paplay", "mosquitto", "mosquitto_sub")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listening_daemon_speaks_to_the_broker_alone_and_keeps_nothing_it_heard(bool hasDashboard)
    {
        var port = Loopback.FreePort();
        string[] web = hasDashboard ? ["--web", $"{port}"] : [];
        string[] ports = hasDashboard ? [$"127.0.0.1:{port}"] : [];
        await using var room = await PulseRoom.OpenAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/#");

        var trace = await TraceAsync(
            ["--device", "pulse", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "attic", "--output", "none", .. web],
            room,
            async () =>
            {
                await subscriber.MessageAsync("sernet/attic/availability", "online");
                await using var player = room.Repeat(Sernetd.SpokenSample);
                await subscriber.MessageAsync(
                    m => m.Topic == "sernet/attic/event" && m.Payload.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
            });

        // Equal, not a subset: the broker's address proves that the trace records connections.
        Assert.Equal([$"127.0.0.1:{broker.Port}"], trace.Peers.Select(peer => peer.Replace("::ffff:", "", StringComparison.Ordinal)));
        Assert.Equal<string>(ports, trace.Listened);
        var sound = room.Environment["PULSE_SERVER"]["unix:".Length..];
        Assert.Contains(sound, trace.LocalPeers);
        Assert.DoesNotContain(trace.LocalPeers, path => path != sound && !IsSystemService(path));

        Assert.Contains(Repository.Daemon, trace.OnlyRead);
        // libpulse checks, and may write, the cookie by which a sound server knows its clients.
        var cookie = room.Environment["PULSE_COOKIE"];
        Assert.DoesNotContain(
            trace.Written, path => !IsNoDisk(path) && !IsState(path) && path != cookie && path != Path.GetDirectoryName(cookie));
        AssertHomeIsEmpty();

        // The daemon keeps the node's name, in a file named by the device id, and the topics it published.
        var kept = Directory.GetFiles(_state.FullPath, "*", SearchOption.AllDirectories).ToLookup(Path.GetExtension);
        Assert.Equal("attic\n", File.ReadAllText(Assert.Single(kept[""])));
        Assert.All(kept[".lock"], file => Assert.Equal(0, new FileInfo(file).Length));
        Assert.All(
            File.ReadAllLines(Assert.Single(kept[".topics"])),
            line => Assert.Matches($"^127\\.0\\.0\\.1:{broker.Port}\t(sernet/(attic|devices)/[a-z0-9-]+|homeassistant/device/sernet_[0-9a-f]+/config)$", line));
    }

    [NeedsFact("strace")]
    public async Task Listing_the_devices_of_this_machine_alone_asks_nobody_in_the_network()
    {
        Assert.Empty((await TraceAsync(["devices", "--no-network"])).Peers);
        Assert.Contains("224.0.0.251:5353", (await TraceAsync(["devices"])).Peers);
    }

    [NeedsFact("strace")]
    public async Task Classifying_a_file_touches_no_network_and_writes_nothing()
    {
        var trace = await TraceAsync(["classify", Sernetd.SpokenSample]);

        Assert.Empty(trace.Peers);
        Assert.Empty(trace.Listened);
        Assert.Contains(Sernetd.SpokenSample, trace.OnlyRead);
        Assert.DoesNotContain(trace.Written, path => !IsNoDisk(path));
        AssertHomeIsEmpty();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.FullPath));
    }

    [NeedsFact("strace", "bash")]
    public async Task The_trace_would_show_a_connection_a_port_and_a_file()
    {
        // The counter-test: the trace shows such activity when there is some.
        var port = Loopback.FreePort();
        var file = _home.PathOf("heard.wav");
        var traceFile = _home.PathOf("trace");
        await ChildProcess.RunAsync(
            "strace",
            [.. SystemCallTrace.Arguments(traceFile), "bash", "-c", $"echo x >{file}; exec 3<>/dev/tcp/127.0.0.1/{port}"]);
        var trace = SystemCallTrace.Load(traceFile);

        Assert.Equal([$"127.0.0.1:{port}"], trace.Peers);
        Assert.Contains(file, trace.Written.Where(path => !IsNoDisk(path)));
    }

    [Fact]
    public void A_call_that_another_threads_calls_came_between_is_told_by_its_rest()
    {
        var trace = SystemCallTrace.Load(_home.Write("trace", """
            12 getsockname(5,  <unfinished ...>
            13 connect(6, {sa_family=AF_INET, sin_port=htons(1883), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
            12 <... getsockname resumed>{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, [16]) = 0
            """));
        Assert.Equal(["127.0.0.1:1883"], trace.Peers);
    }

    /// <summary>Runs sernetd under strace with its own home folder. <paramref name="meanwhile"/> runs before it is stopped.</summary>
    private async Task<SystemCallTrace> TraceAsync(string[] arguments, PulseRoom? room = null, Func<Task>? meanwhile = null)
    {
        using var traces = new TemporaryFolder();
        var traceFile = traces.PathOf("trace");
        var environment = new Dictionary<string, string>(room?.Environment ?? new Dictionary<string, string>())
        {
            ["HOME"] = _home.FullPath,
            ["STATE_DIRECTORY"] = _state.FullPath,
            ["TMPDIR"] = _home.FullPath,
            ["XDG_CACHE_HOME"] = "",
            ["DOTNET_EnableDiagnostics"] = "0",
            // Unset, as for a daemon: the program itself must set this switch.
            ["ORT_DISABLE_TELEMETRY"] = "",
        };
        await using var strace = ChildProcess.Start(
            "strace", [.. SystemCallTrace.Arguments(traceFile), "dotnet", Repository.Daemon, .. arguments], environment);
        strace.StandardInput.Close();
        if (meanwhile is not null)
        {
            await meanwhile();
            await TerminateChildAsync(strace);
        }

        var result = await strace.ExitAsync();
        Assert.True(result.ExitCode == 0, result.Errors);
        return SystemCallTrace.Load(traceFile);
    }

    private static async Task TerminateChildAsync(ChildProcess strace)
    {
        var children = await File.ReadAllTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{strace.Id}/task/{strace.Id}/children"));
        Assert.Equal(0, (await ChildProcess.RunAsync("kill", ["-TERM", children.Trim()])).ExitCode);
    }

    private void AssertHomeIsEmpty() => Assert.Empty(Directory.EnumerateFileSystemEntries(_home.FullPath));

    private bool IsState(string path) => path.StartsWith(_state.FullPath, StringComparison.Ordinal);

    /// <summary>Devices, shared memory and kernel interfaces, which are not files on a disk.</summary>
    private static bool IsNoDisk(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/self/", StringComparison.Ordinal);

    /// <summary>Local sockets that libraries look for: the log, users and hosts, a JACK sound server.</summary>
    private static bool IsSystemService(string path) => path == "/dev/log"
        || path.StartsWith("/var/run/nscd/", StringComparison.Ordinal)
        || path.StartsWith("/dev/shm/jack_", StringComparison.Ordinal);
}
