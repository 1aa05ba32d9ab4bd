using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>The commands of a node, through a real broker.</summary>
public sealed class MqttCommandTests
{
    private const string Mute = "sernet/kitchen/mute";

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("mute", "ON")]
    [InlineData("half-life", "2.5")]
    [InlineData("half-life", "0")]
    [InlineData("threshold", "0.75")]
    [InlineData("sensitivity", "calm")]
    [InlineData("log-level", "debug")]
    public async Task A_command_is_obeyed_and_answered(string name, string value)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var controls = new FakeControls();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port), controls: controls);
        await live.MessageAsync($"sernet/kitchen/{name}");
        await SubscribedAsync(broker);
        using var hub = new RawClient(broker.Port);

        hub.Publish($"sernet/kitchen/{name}/set", Encoding.UTF8.GetBytes(value));

        await live.MessageAsync($"sernet/kitchen/{name}", value);
        Assert.Equal(1, controls.Sets);
        await using var late = await broker.SubscribeAsync();
        Assert.True((await late.MessageAsync($"sernet/kitchen/{name}", value)).Retained);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_label_of_the_last_utterance_is_taken_and_answered()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(
            Options(broker.Port), logger, controls: new FakeControls { Feedback = new FakeFeedback() });
        await live.MessageAsync("sernet/kitchen/feedback", "ready");
        await SubscribedAsync(broker);
        using var hub = new RawClient(broker.Port);

        hub.Publish("sernet/kitchen/feedback/set", "sadness"u8);
        await live.MessageAsync("sernet/kitchen/feedback", "learnt sadness");
        hub.Publish("sernet/kitchen/feedback/set", "neutral"u8);
        await live.MessageAsync("sernet/kitchen/feedback", "nothing learnt");
        await logger.LineAsync("Warning: MQTT: \"neutral\" at sernet/kitchen/feedback/set is ignored: it is not clear what was meant");
        hub.Publish("sernet/kitchen/feedback/set", "undo"u8);
        await live.MessageAsync("sernet/kitchen/feedback", "learnt undo");
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Muting_shows_in_the_state_whoever_did_it()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var controls = new FakeControls();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port), controls: controls);
        await live.MessageAsync(Mute, "OFF");

        controls.Muted = true;

        await live.MessageAsync(Mute, "ON");
        await live.MessageAsync(State, """{"emotion":"none","confidence":0,"speech":"OFF","muted":"ON"}""");
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("mute", "on", "it must be ON or OFF")]
    [InlineData("half-life", "-1", "it must be a number of 0 to 600 seconds")]
    [InlineData("half-life", "NaN", "it must be a number of 0 to 600 seconds")]
    [InlineData("threshold", "1.01", "it must be a number of 0.35 (smoothing.leave) to 1")]
    [InlineData("threshold", "0.1", "it must be a number of 0.35 (smoothing.leave) to 1")]
    [InlineData("sensitivity", "custom", "it must be one of calm, normal, eager")]
    [InlineData("log-level", "loud", "it must be one of error, warning, info, debug")]
    [InlineData("colour", "red", "there is no control of this name")]
    public async Task A_wrong_command_is_said_and_changes_nothing(string name, string value, string reason)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var controls = new FakeControls();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port), logger, controls: controls);
        await SubscribedAsync(broker);
        using var hub = new RawClient(broker.Port);

        hub.Publish($"sernet/kitchen/{name}/set", Encoding.UTF8.GetBytes(value));

        await logger.LineAsync($"Warning: MQTT: \"{value}\" at sernet/kitchen/{name}/set is ignored: {reason}");
        Assert.Equal(0, controls.Sets);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_model_that_nobody_measured_has_no_sensitivity()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port), logger, controls: new FakeControls { Sensitivities = [] });
        await live.MessageAsync("sernet/kitchen/log-level");
        await SubscribedAsync(broker);
        using var hub = new RawClient(broker.Port);

        hub.Publish("sernet/kitchen/sensitivity/set", "calm"u8);

        await logger.LineAsync("\"calm\" at sernet/kitchen/sensitivity/set is ignored: there is no control of this name");
        Assert.DoesNotContain(live.Messages, message => message.Topic == "sernet/kitchen/sensitivity");
    }

    [NeedsFact("mosquitto")]
    public async Task A_retained_command_is_not_obeyed_with_every_connection()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        using var hub = new RawClient(broker.Port);
        hub.Publish("sernet/kitchen/mute/set", "ON"u8, retain: true);
        var controls = new FakeControls();
        var logger = new ListLogger();

        await using var publisher = await StartAsync(Options(broker.Port), logger, controls: controls);

        await logger.LineAsync("is ignored: a retained command would be obeyed again");
        Assert.False(controls.Muted);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_thousand_random_commands_change_nothing_and_fill_no_log()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var controls = new FakeControls();
        var logger = new ListLogger();
        await using var live = await broker.SubscribeAsync("sernet/kitchen/mute");
        await using var publisher = await StartAsync(Options(broker.Port), logger, controls: controls);
        await SubscribedAsync(broker);
        using var hub = new RawClient(broker.Port);
        var random = new Random(1000);
        string[] names = ["mute", "half-life", "threshold", "sensitivity", "log-level", "", "mute/more", "ünknown"];

        for (var i = 0; i < 1000; i++)
        {
            var name = names[random.Next(names.Length)];
            hub.Publish($"sernet/kitchen/{name}/set", Nonsense(random, i));
        }

        hub.Publish("sernet/kitchen/mute/set", "ON"u8);
        await live.MessageAsync(Mute, "ON");
        Assert.Equal(1, controls.Sets);
        Assert.Equal((1.5, 0.5, LogLevel.Information), (controls.HalfLifeSeconds, controls.EnterThreshold, controls.LogLevel));
        Assert.InRange(logger.Lines.Count(line => line.Contains("is ignored", StringComparison.Ordinal)), 1, 5);
        Assert.All(logger.Lines, line => Assert.InRange(line.Length, 1, 300));
        Assert.True(publisher.IsConnected);
    }

    /// <summary>Invalid payloads for every command: empty, huge, not UTF-8, JSON, nearly right.</summary>
    private static byte[] Nonsense(Random random, int round)
    {
        switch (round % 8)
        {
            case 0:
                return [];
            case 1:
                return round % 80 == 1 ? new byte[1_000_000] : new byte[random.Next(4000, 5000)];
            case 2:
                return [0xFF, 0xFE, .. RandomNumberGenerator.GetBytes(random.Next(64)), 0xC0];
            case 3:
                return Encoding.UTF8.GetBytes($$"""{"state":"ON","value":{{random.Next()}}}""");
            case 4:
                string[] near = ["on ", " ON", "OFF\0", "true", "1e3", "0x10", "1,5", "٠٫٥", "-0.1", "Infinity", "NaN", "Debug", "🎉"];
                return Encoding.UTF8.GetBytes(near[random.Next(near.Length)]);
            case 5:
                return Encoding.UTF8.GetBytes(new string('9', random.Next(4, 400)));
            case 6:
                return Encoding.UTF8.GetBytes("\u001b[2J\r\n" + random.Next());
            default:
                return Encoding.UTF8.GetBytes(new string((char)random.Next('g', 'z'), random.Next(1, 200)));
        }
    }

    /// <summary>Waits until the node has subscribed twice: to its record, and to its commands or the hub's birth message.</summary>
    internal static Task<string> SubscribedAsync(MosquittoBroker broker) => broker.LogLineAsync(
        line => line.Contains("Sending SUBACK to sernet-kitchen", StringComparison.Ordinal)
            && broker.Log.Count(other => other.Contains("Sending SUBACK to sernet-kitchen", StringComparison.Ordinal)) >= 2);
}
