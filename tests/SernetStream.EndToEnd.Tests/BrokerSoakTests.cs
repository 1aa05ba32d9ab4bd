using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>
/// A daemon keeps listening while its broker is killed and restarted: 20 times in <c>make soak-mqtt</c> (SERNET_SOAK=1),
/// three times otherwise. A second daemon, whose broker lives on, shows how much memory time alone takes.
/// </summary>
public sealed class BrokerSoakTests(ITestOutputHelper output)
{
    /// <summary>By how much more the daemon may grow than the one whose broker lives on.</summary>
    private const int MaxGrowthKb = 8 * 1024;

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SERNET_SOAK") == "1";

    [NeedsFact("mosquitto", "mosquitto_sub", "sox")]
    public async Task A_daemon_whose_broker_is_killed_again_and_again_stays_as_large_as_it_was()
    {
        var (kills, longestLife, longestOutage) = IsLong
            ? (20, TimeSpan.FromSeconds(22), TimeSpan.FromSeconds(6))
            : (3, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1));
        var random = new Random(2026);
        using var folder = new TemporaryFolder();
        var speech = folder.PathOf("speech.wav");
        await ChildProcess.RunAsync("sox", [Sernetd.SpokenSample, speech, "repeat", IsLong ? "80" : "3"]);
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var otherBroker = await MosquittoBroker.StartNewAsync();
        await using var daemon = Start(broker, "cellar");
        await using var other = Start(otherBroker, "attic");

        var sizes = new List<(int Killed, int Other)>();
        for (var kill = 0; kill <= kills; kill++)
        {
            await using (var subscriber = await broker.SubscribeAsync("sernet/cellar/#"))
            {
                // An event that is not retained shows that the daemon is connected again.
                await subscriber.MessageAsync("sernet/cellar/availability", "online");
                await subscriber.MessageAsync(m => m.Topic == "sernet/cellar/event" && !m.Retained);
                await Task.Delay(random.NextDouble() * longestLife);
                sizes.Add((ResidentKb(daemon.Id), ResidentKb(other.Id)));
            }

            if (kill < kills)
            {
                await broker.KillAsync();
                await Task.Delay(random.NextDouble() * longestOutage);
                await broker.StartAsync();
            }
        }

        // A new subscriber gets the newest state.
        await using (var last = await broker.SubscribeAsync("sernet/cellar/#"))
        {
            var state = await last.MessageAsync("sernet/cellar/state");
            Assert.True(state.Retained);
            Assert.Contains("\"emotion\":", state.Payload, StringComparison.Ordinal);
        }

        // After the first kills the code is compiled and warm.
        var (before, otherBefore) = sizes[kills / 5];
        var (after, otherAfter) = sizes[^1];
        output.WriteLine(
            $"{kills} kills: from {kills / 5} kills to the end, the daemon goes from {before / 1024.0:0.0} to {after / 1024.0:0.0} MB, "
            + $"the one whose broker lives on from {otherBefore / 1024.0:0.0} to {otherAfter / 1024.0:0.0} MB");
        Assert.InRange(after - before - (otherAfter - otherBefore), int.MinValue, MaxGrowthKb);
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);

        ChildProcess Start(MosquittoBroker broker, string node) => Sernetd.Start(
            ["--device", $"file:{speech}", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", node, "--output", "none"]);
    }

    private static int ResidentKb(int process) => int.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split()[^2],
        CultureInfo.InvariantCulture);
}
