using System.Text;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>What a node makes of what it hears, where a broker could not show that it does nothing.</summary>
public sealed class MqttSessionTests
{
    [Theory]
    [InlineData(false, "online", true)]
    [InlineData(true, "online", false)] // What is retained tells of a birth long ago.
    [InlineData(false, "offline", false)]
    public void All_is_told_again_at_a_birth_and_at_nothing_else(bool retained, string payload, bool again)
    {
        var options = Options(1) with { DeviceId = "a1b2", BirthJitter = TimeSpan.Zero };
        var (topics, logger) = (new MqttTopics(options.BaseTopic, options.Node), new ListLogger());
        var outbox = new MqttOutbox(options.EventQueue, 0, options.EventExpiry);
        outbox.SetRetained(State, [1], qos: 0);
        var published = new PublishedTopics(file: null, options.Broker, logger);
        var dialogue = new MqttSession(
            options,
            topics,
            outbox,
            new MqttAnnouncement(options, topics, outbox, controls: null, "this"),
            new RetainedTopicCleanup(options, [], published, outbox, logger),
            new NodeClashes(options, "this", logger),
            commands: null,
            new MqttHealth(source: null, "1.0", TimeProvider.System),
            logger);
        dialogue.Connected();
        outbox.Connected();
        dialogue.Tick();
        Assert.Contains(State, Sent(outbox));

        dialogue.Heard(new InboundMessage(options.BirthTopic, Encoding.UTF8.GetBytes(payload), payload.Length, retained));
        dialogue.Tick();

        Assert.Equal(again, Sent(outbox).Contains(State));
    }

    private static List<string> Sent(MqttOutbox outbox)
    {
        var topics = new List<string>();
        while (outbox.Next(window: 100) is { } message)
        {
            topics.Add(message.Topic);
            outbox.Acknowledge(message.MessageId, accepted: true);
        }

        return topics;
    }
}
