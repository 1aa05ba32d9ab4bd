using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>
/// A daemon keeps listening while its broker is killed and restarted: 20 times in five minutes in <c>make soak-mqtt</c>
/// (SERNET_SOAK=1), three times otherwise.
/// </summary>
public sealed class BrokerSoakTests(ITestOutputHelper output)
{
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
        await ChildProcess.RunAsync("sox", [Sernetd.SpokenSample, speech, "repeat", IsLong ? "30" : "3"]);
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var daemon = Sernetd.Start(
            ["--device", $"file:{speech}", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "cellar", "--output", "none"]);

        var sizes = new List<int>();
        for (var kill = 0; kill <= kills; kill++)
        {
            await using (var subscriber = await broker.SubscribeAsync("sernet/cellar/#"))
            {
                // An event that is not retained shows that the daemon is connected again.
                await subscriber.MessageAsync("sernet/cellar/availability", "online");
                await subscriber.MessageAsync(m => m.Topic == "sernet/cellar/event" && !m.Retained);
                await Task.Delay(random.NextDouble() * longestLife);
                sizes.Add(ResidentKb(daemon.Id));
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
        var before = sizes[kills / 5];
        output.WriteLine(
            $"{kills} kills: the daemon takes {sizes[0] / 1024.0:0.0} MB at first, {before / 1024.0:0.0} MB after {kills / 5} kills, "
            + $"{sizes.Max() / 1024.0:0.0} MB at most, {sizes[^1] / 1024.0:0.0} MB at the end");
        Assert.InRange(sizes[^1] - before, int.MinValue, MaxGrowthKb);
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
    }

    private static int ResidentKb(int process) => int.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split()[^2],
        CultureInfo.InvariantCulture);
}
