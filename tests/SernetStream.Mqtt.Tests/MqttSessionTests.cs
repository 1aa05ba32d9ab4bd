using System.Text;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>How a session reacts to messages, where a test with a broker could not prove that nothing happens.</summary>
public sealed class MqttSessionTests
{
    private const string DeviceId = "a1b2";

    [Theory]
    [InlineData(false, "online", true)]
    [InlineData(true, "online", false)] // A retained message is about an earlier birth.
    [InlineData(false, "offline", false)]
    public void All_is_told_again_at_a_birth_and_at_nothing_else(bool retained, string payload, bool again)
    {
        var options = Options(1) with { DeviceId = DeviceId, BirthJitter = TimeSpan.Zero };
        var (session, outbox) = Session(options);
        outbox.SetRetained(State, [1], qos: 0);
        session.Connected();
        outbox.Connected();
        session.Tick();
        Assert.Contains(State, Sent(outbox));

        session.Heard(new InboundMessage(options.BirthTopic, Encoding.UTF8.GetBytes(payload), payload.Length, retained));
        session.Tick();

        Assert.Equal(again, Sent(outbox).Contains(State));
    }

    [Fact]
    public void A_record_that_comes_under_two_filters_is_read_once_per_connection()
    {
        var options = Options(1) with { DeviceId = DeviceId, DiscoveryPrefix = null };
        var former = options with { DiscoveryPrefix = "homeassistant" };
        var record = new NodeRecord(DeviceId, options.Node, former.DiscoveryPrefix, new Dictionary<string, string>(), "host", "last")
            .ToUtf8(options.BaseTopic);
        var message = new InboundMessage(
            MqttTopics.RecordOf(options.BaseTopic, DeviceId), record, record.Length, Retained: true);
        var (session, outbox) = Session(options);

        session.Connected();
        session.Heard(message);
        Assert.Contains(former.DiscoveryTopic, Sent(outbox));
        session.Heard(message);
        Assert.DoesNotContain(former.DiscoveryTopic, Sent(outbox));

        session.Connected();
        session.Heard(message);
        Assert.Contains(former.DiscoveryTopic, Sent(outbox));
    }

    private static (MqttSession Session, MqttOutbox Outbox) Session(MqttOptions options)
    {
        var (topics, logger) = (new MqttTopics(options.BaseTopic, options.Node), new ListLogger());
        var outbox = new MqttOutbox(options.EventQueue, 0, options.EventExpiry);
        var published = new PublishedTopics(file: null, options.Broker, logger);
        var session = new MqttSession(
            options,
            topics,
            outbox,
            new MqttAnnouncement(options, topics, outbox, controls: null, "this"),
            new RetainedTopicCleanup(options, [], published, outbox, logger),
            new NodeClashes(options, "this", logger),
            commands: null,
            new MqttHealth(source: null, "1.0", TimeProvider.System),
            [],
            logger);
        outbox.Cleared += topic => published.Remove(topic);
        return (session, outbox);
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
