using System.Runtime.Versioning;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>How hubs identify a node: the name alone never decides, and only <c>sernetd rename</c> moves the device.</summary>
[SupportedOSPlatform("linux")]
public sealed class RenameTests : IDisposable
{
    private const string Discovery = "homeassistant/device/";

    private readonly TemporaryFolder _state = new();

    private Dictionary<string, string> Environment => new() { ["STATE_DIRECTORY"] = _state.FullPath };

    public void Dispose() => _state.Dispose();

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Once_under_another_name_touches_nothing_and_a_rename_keeps_the_device()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await RunOnceAsync(broker, "kitchen");
        var kitchen = await RetainedAsync(broker);
        var device = Assert.Single(kitchen.Keys, topic => topic.StartsWith(Discovery, StringComparison.Ordinal));

        await RunOnceAsync(broker, "office");

        var both = await RetainedAsync(broker);
        Assert.All(kitchen, message => Assert.Equal(message.Value, both[message.Key]));
        Assert.Equal(2, both.Keys.Count(topic => topic.StartsWith(Discovery, StringComparison.Ordinal)));

        // People often start the node under the new name before they rename it.
        await RunOnceAsync(broker, "hall");
        Sernetd.AssertRefused(await RenameAsync("kitchen", "hall"), 2, "--replace");
        var renamed = await RenameAsync("kitchen", "hall", "--replace");
        Assert.True(renamed.ExitCode == 0, renamed.Errors);
        Assert.Contains("--node hall", renamed.Output, StringComparison.Ordinal);
        await RunOnceAsync(broker, "hall", takesAway: kitchen.Keys.Where(topic => topic.StartsWith("sernet/kitchen/", StringComparison.Ordinal)));

        var after = await RetainedAsync(broker);
        Assert.Contains("sernet/hall/state", after[device], StringComparison.Ordinal);
        Assert.DoesNotContain(after.Keys, topic => topic.StartsWith("sernet/kitchen/", StringComparison.Ordinal));
        Assert.Equal(
            both.Keys.Where(topic => topic.StartsWith(Discovery, StringComparison.Ordinal)).Order(),
            after.Keys.Where(topic => topic.StartsWith(Discovery, StringComparison.Ordinal)).Order());
        Assert.Equal(2, after.Keys.Count(topic => topic.StartsWith("sernet/devices/", StringComparison.Ordinal)));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task What_cannot_be_renamed_is_said()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        Sernetd.AssertRefused(await RenameAsync("kitchen", "hall"), 2, "No node of this machine is called kitchen");
        await using var subscriber = await broker.SubscribeAsync();
        await using var kitchen = Sernetd.Start(
            ["--device", "stdin", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "kitchen", "--output", "none"], Environment);
        await subscriber.MessageAsync("sernet/kitchen/availability", "online");

        Sernetd.AssertRefused(await RenameAsync("kitchen", "hall"), 1, "kitchen is running. Stop it first");
        Sernetd.AssertRefused(await RenameAsync("attic", "hall"), 2, "There are: kitchen.");
        Sernetd.AssertRefused(await RenameAsync("kitchen", "a/b"), 2, "'a/b' cannot be a node's name");
        Sernetd.AssertRefused(await RenameAsync("kitchen", "kitchen"), 2, "already has this name");
    }

    private Task<ChildResult> RenameAsync(params string[] arguments) => Sernetd.RunAsync(["rename", .. arguments], Environment);

    /// <summary>Runs a node until it has published everything and removed its old topics.</summary>
    private async Task RunOnceAsync(MosquittoBroker broker, string node, IEnumerable<string>? takesAway = null)
    {
        await using var live = await broker.SubscribeAsync("sernet/#");
        await using var process = Sernetd.Start(
            ["--device", "stdin", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", node, "--output", "none"], Environment);
        await live.MessageAsync(message => message.Topic == $"sernet/{node}/log-level" && !message.Retained);
        await using var hub = await broker.SubscribeAsync($"{Discovery}#");
        await hub.MessageAsync(message => message.Payload.Contains($"sernet/{node}/state", StringComparison.Ordinal));
        foreach (var topic in takesAway ?? [])
        {
            await live.MessageAsync(topic, "");
        }

        process.Terminate();
        var result = await process.ExitAsync();
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    /// <summary>Everything that the broker retains. The marker, sent after the subscription, arrives after all of it.</summary>
    private static async Task<Dictionary<string, string>> RetainedAsync(MosquittoBroker broker)
    {
        await using var late = await broker.SubscribeAsync();
        var marker = await ChildProcess.RunAsync("mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{broker.Port}", "-t", "marker", "-m", "end"]);
        Assert.Equal(0, marker.ExitCode);
        await late.MessageAsync("marker");
        return late.Messages.Where(message => message.Retained && message.Payload.Length > 0)
            .DistinctBy(message => message.Topic).ToDictionary(message => message.Topic, message => message.Payload);
    }
}
