using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Mqtt.Diagnosis;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>The examples in configs/ are valid, and name only existing topics. Home Assistant's have tests of their own.</summary>
public sealed partial class ConfigExampleTests
{
    private static readonly MqttTopics Kitchen = new("sernet", "kitchen");

    // The built-in model has EmoDB's labels; the last two always exist.
    private static readonly string[] Labels =
        ["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness", "unsure", "none"];

    [Fact]
    public void The_flow_is_wired_to_nodes_and_topics_that_there_are()
    {
        using var flow = JsonDocument.Parse(Text("node-red", "flow.json"));
        var nodes = flow.RootElement.EnumerateArray().ToDictionary(node => node.GetProperty("id").GetString()!);

        foreach (var node in nodes.Values)
        {
            if (node.TryGetProperty("wires", out var wires))
            {
                Assert.All(
                    wires.EnumerateArray().SelectMany(output => output.EnumerateArray()),
                    target => Assert.Contains(target.GetString()!, nodes.Keys));
            }

            if (node.TryGetProperty("broker", out var broker) && node.GetProperty("type").GetString() != "mqtt-broker")
            {
                Assert.Equal("mqtt-broker", nodes[broker.GetString()!].GetProperty("type").GetString());
                AssertTopic(node.GetProperty("topic").GetString()!);
            }
        }
    }

    [NeedsFact("node")]
    public async Task The_functions_of_the_flow_are_JavaScript()
    {
        using var flow = JsonDocument.Parse(Text("node-red", "flow.json"));
        foreach (var node in flow.RootElement.EnumerateArray().Where(node => node.TryGetProperty("func", out _)))
        {
            var result = await ChildProcess.RunAsync(
                "node", ["-e", "new Function('msg', 'node', 'context', process.argv[1])", node.GetProperty("func").GetString()!]);
            Assert.True(result.ExitCode == 0, result.Errors);
        }
    }

    [Fact]
    public void The_openHAB_items_are_linked_to_channels_of_the_things()
    {
        var things = Text("openhab", "sernet.things");
        Assert.Equal(things.Count(c => c == '{'), things.Count(c => c == '}'));
        Assert.Equal(things.Count(c => c == '['), things.Count(c => c == ']'));
        var channels = ChannelLine().Matches(things);
        Assert.Equal(things.Split('\n').Count(line => line.TrimStart().StartsWith("Type ", StringComparison.Ordinal)), channels.Count);
        Assert.All(TopicParameter().Matches(things), match => AssertTopic(match.Groups[1].Value));

        var items = Text("openhab", "sernet.items").Split('\n').Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal));
        var known = channels.Select(match => $"mqtt:topic:home:sernet_kitchen:{match.Groups[1].Value}").ToList();
        Assert.All(items, line => Assert.Contains(ItemLine().Match(line).Groups[1].Value, known));
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_passwd")]
    public async Task The_broker_of_the_example_lets_the_node_do_its_work_and_no_more()
    {
        const string Password = "correct horse";
        using var certificates = new TestCertificates();
        using var folder = new TemporaryFolder();
        var server = certificates.Server();
        var passwords = folder.PathOf("passwords");
        await AddUserAsync("kitchen", "-c");
        await AddUserAsync("homeassistant");
        var lines = Text("mosquitto", "sernet.conf")
            .Replace("/etc/mosquitto/certs/server.crt", server.CertificateFile, StringComparison.Ordinal)
            .Replace("/etc/mosquitto/certs/server.key", server.KeyFile, StringComparison.Ordinal)
            .Replace("/etc/mosquitto/sernet.passwords", passwords, StringComparison.Ordinal)
            .Replace("/etc/mosquitto/sernet.acl", folder.Write("acl", Text("mosquitto", "sernet.acl")), StringComparison.Ordinal)
            .Split('\n').Where(line => line.Length > 0 && line[0] != '#' && !line.StartsWith("listener", StringComparison.Ordinal));
        await using var broker = await MosquittoBroker.StartWithAsync([.. lines]);
        await using var hub = await broker.SubscribeWithAsync(
            "#", "--cafile", certificates.AuthorityFile, "-u", "homeassistant", "-P", Password);
        var options = Options(broker.Port) with
        {
            UserName = "kitchen",
            Password = Password,
            Tls = new MqttTls { CaFile = certificates.AuthorityFile },
            Version = MqttVersion.V5,
        };
        var logger = new ListLogger();
        var controls = new FakeControls();

        await using (var kitchen = await StartAsync(options, logger, new NodeDescription { Labels = Labels[..7] }, controls))
        {
            await hub.MessageAsync(options.DiscoveryTopic!);
            await kitchen.SendAsync(Events.Make());
            await hub.MessageAsync(Event);
            var mute = await ChildProcess.RunAsync(
                "mosquitto_pub",
                [
                    "-p", $"{broker.Port}", "-h", "127.0.0.1", "--cafile", certificates.AuthorityFile, "-u", "homeassistant",
                    "-P", Password, "-t", "sernet/kitchen/mute/set", "-m", "ON", "-q", "1",
                ]);
            Assert.True(mute.ExitCode == 0, mute.Errors);
            await hub.MessageAsync("sernet/kitchen/mute", "ON");
            Assert.Equal([$"Information: MQTT: connected to 127.0.0.1:{broker.Port}"], logger.Lines);
        }

        var doctor = MqttProbe.Run(options, new NodeDescription { Labels = Labels[..7] }, controls);
        Assert.Equal(MqttProbeOutcome.Well, Assert.Single(doctor).Outcome);

        var intruder = new ListLogger();
        await using var hall = await StartAsync(options with { Node = "hall" }, intruder);
        await intruder.LineAsync("refuses messages to sernet/hall/state (not authorised)");

        async Task AddUserAsync(string user, params IEnumerable<string> more) => Assert.Equal(
            0, (await ChildProcess.RunAsync("mosquitto_passwd", [.. more, "-b", passwords, user, Password])).ExitCode);
    }

    private static void AssertTopic(string topic)
    {
        string[] known = [.. Kitchen.Retained, Kitchen.Event, Kitchen.Scores];
        Assert.Contains(topic, known.Concat(Kitchen.Retained.Select(MqttTopics.CommandOf)));
    }

    private static string Text(params string[] path) =>
        File.ReadAllText(Repository.PathOf(["configs", .. path]));

    [GeneratedRegex("^\\s+Type (?:string|number|switch|trigger) : (\\w+) \"[^\"]+\" \\[ \\w+=[^\\]]+ \\]$", RegexOptions.Multiline)]
    private static partial Regex ChannelLine();

    [GeneratedRegex("(?:state|command|availability)Topic=\"([^\"]+)\"")]
    private static partial Regex TopicParameter();

    [GeneratedRegex("^(?:String|Number|Switch) \\w+ +\"[^\"]+\" +\\{ channel=\"([^\"]+)\" \\}$")]
    private static partial Regex ItemLine();
}
