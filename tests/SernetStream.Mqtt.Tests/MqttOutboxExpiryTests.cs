using System.Text;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Tests;

/// <summary>Events that are too old to be sent.</summary>
public sealed class MqttOutboxExpiryTests : OutboxFixture
{
    [Fact]
    public void Events_older_than_their_expiry_are_dropped_and_counted()
    {
        var clock = new ManualClock();
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1, TimeSpan.FromSeconds(60), clock);
        AddEvent(outbox, "1");
        clock.Move(TimeSpan.FromSeconds(40));
        AddEvent(outbox, "2");
        clock.Move(TimeSpan.FromSeconds(20));
        outbox.Connected();

        var sent = outbox.Next()!;
        Assert.Equal("2", Encoding.UTF8.GetString(sent.Payload));
        Assert.Equal(TimeSpan.FromSeconds(40), sent.Left);
        Assert.Equal((1, 0), (outbox.Expired, outbox.Dropped));
    }

    [Fact]
    public void An_event_that_was_on_its_way_is_not_sent_again_when_it_is_too_old()
    {
        var clock = new ManualClock();
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1, TimeSpan.FromSeconds(60), clock);
        outbox.Connected();
        AddEvent(outbox, "1");
        Assert.Equal(["1"], Send(outbox));

        outbox.Lost();
        clock.Move(TimeSpan.FromSeconds(61));
        outbox.Connected();

        Assert.Empty(Send(outbox));
        Assert.Equal(1, outbox.Expired);
        Assert.False(outbox.HasEvents);
    }

    [Fact]
    public void Room_that_an_expired_event_leaves_is_given()
    {
        var clock = new ManualClock();
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1, TimeSpan.FromSeconds(60), clock);
        outbox.Connected();
        AddEvent(outbox, "1");
        var room = outbox.TryAddEvent("event", Bytes("2"));

        clock.Move(TimeSpan.FromSeconds(61));
        Assert.Empty(Send(outbox));

        Assert.True(room!.IsCompletedSuccessfully);
    }
}
