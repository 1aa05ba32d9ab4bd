using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Tests;

/// <summary>Which message is sent next, kept or dropped; without a network.</summary>
public sealed class MqttOutboxTests : OutboxFixture
{
    [Fact]
    public void Retained_topics_come_first_in_their_order_and_then_events()
    {
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1);
        AddEvent(outbox, "1");
        outbox.SetRetained("availability", Bytes("online"), qos: 1);
        outbox.SetRetained("state", Bytes("old"), qos: 1);
        outbox.SetRetained("state", Bytes("new"), qos: 1);
        outbox.Connected();

        Assert.Equal(["online", "new", "1"], Send(outbox));
    }

    [Fact]
    public void A_retained_payload_is_sent_once_until_it_changes_or_the_connection_does()
    {
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1);
        outbox.SetRetained("state", Bytes("a"), qos: 1);
        outbox.Connected();
        Assert.Equal(["a"], Send(outbox));

        outbox.SetRetained("state", Bytes("a"), qos: 1);
        Assert.Empty(Send(outbox));
        outbox.SetRetained("state", Bytes("b"), qos: 1);
        Assert.Equal(["b"], Send(outbox));

        outbox.Lost();
        outbox.Connected();
        Assert.Equal(["b"], Send(outbox));
    }

    [Fact]
    public void Events_on_their_way_are_sent_again_in_order_after_a_loss()
    {
        var outbox = new MqttOutbox(eventCapacity: 8, eventQos: 1);
        outbox.Connected();
        foreach (var name in new[] { "1", "2", "3" })
        {
            AddEvent(outbox, name);
        }

        var first = outbox.Next()!;
        first.MessageId = 101;
        var second = outbox.Next()!;
        second.MessageId = 102;
        outbox.Acknowledge(101);
        outbox.Lost();
        AddEvent(outbox, "4");
        outbox.Connected();

        Assert.Equal(["2", "3", "4"], Send(outbox));
        Assert.Equal(1, outbox.Delivered);
    }

    [Fact]
    public void No_more_than_the_window_is_on_its_way()
    {
        var outbox = new MqttOutbox(eventCapacity: 100, eventQos: 1);
        outbox.Connected();
        for (var i = 0; i < 100; i++)
        {
            AddEvent(outbox, "e");
        }

        Assert.Equal(MqttOutbox.Window, Send(outbox).Count);
        outbox.Acknowledge(1);
        Assert.Single(Send(outbox));
    }

    [Fact]
    public void While_away_the_oldest_event_makes_room()
    {
        var outbox = new MqttOutbox(eventCapacity: 2, eventQos: 1);
        foreach (var name in new[] { "1", "2", "3" })
        {
            AddEvent(outbox, name);
        }

        outbox.Connected();
        Assert.Equal(["2", "3"], Send(outbox));
        Assert.Equal(1, outbox.Dropped);
    }

    [Fact]
    public void A_room_that_floods_displaces_no_event_of_another()
    {
        var outbox = new MqttOutbox(eventCapacity: 8, eventQos: 1);
        string[] quiet = ["nursery", "bath"];
        foreach (var room in quiet)
        {
            Assert.Null(outbox.TryAddEvent(room, Bytes($"{room} early")));
        }

        for (var i = 0; i < 300; i++)
        {
            Assert.Null(outbox.TryAddEvent("flood", Bytes($"{i}")));
            outbox.PostEvent("flood", Bytes($"posted {i}"));
        }

        foreach (var room in quiet)
        {
            Assert.Null(outbox.TryAddEvent(room, Bytes($"{room} late")));
        }

        // What was on its way when the connection broke counts like the others.
        outbox.Connected();
        outbox.Next();
        outbox.Lost();
        Assert.Null(outbox.TryAddEvent("flood", Bytes("last")));
        outbox.Connected();
        Assert.Equal(
            ["nursery early", "bath early", "299", "posted 299", "nursery late", "bath late", "last"],
            Send(outbox).Where(payload => payload is not "posted 298" and not "298"));
        Assert.Equal((601 + 4) - 8, outbox.Dropped);
    }

    [Fact]
    public void While_connected_room_is_waited_for_until_an_acknowledgement()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.Connected();
        AddEvent(outbox, "1");
        Send(outbox);

        var room = outbox.TryAddEvent("event", Bytes("2"));
        Assert.False(room!.IsCompleted);
        outbox.Acknowledge(1);

        Assert.True(room.IsCompletedSuccessfully);
        AddEvent(outbox, "2");
        Assert.Equal(["2"], Send(outbox));
        Assert.Equal(0, outbox.Dropped);
    }

    [Fact]
    public void A_loss_ends_the_wait_for_room()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.Connected();
        AddEvent(outbox, "1");
        Send(outbox);
        var room = outbox.TryAddEvent("event", Bytes("2"));

        outbox.Lost();

        Assert.True(room!.IsCompletedSuccessfully);
        AddEvent(outbox, "2");
        outbox.Connected();
        Assert.Equal(["2"], Send(outbox));
        Assert.Equal(1, outbox.Dropped);
    }

    [Fact]
    public void Scores_are_newest_only_and_not_kept_while_away()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.SetScores("scores", Bytes("0"));
        outbox.Connected();
        Assert.Empty(Send(outbox));

        outbox.SetScores("scores", Bytes("1"));
        outbox.SetScores("scores", Bytes("2"));
        Assert.Equal(["2"], Send(outbox));
        outbox.SetScores("scores", Bytes("3"));
        Assert.Empty(Send(outbox));
        outbox.Acknowledge(LastId);
        Assert.Equal(["3"], Send(outbox));
        outbox.Acknowledge(LastId);
        Assert.True(outbox.IsEmpty);
    }

    [Fact]
    public void Of_quality_of_service_2_one_is_on_its_way_at_a_time()
    {
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 2);
        outbox.Connected();
        AddEvent(outbox, "1");
        AddEvent(outbox, "2");

        Assert.Equal(["1"], Send(outbox));
        outbox.Acknowledge(LastId);
        Assert.Equal(["2"], Send(outbox));
    }

    [Fact]
    public void The_broker_may_set_a_smaller_window()
    {
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1);
        outbox.Connected();
        AddEvent(outbox, "1");
        AddEvent(outbox, "2");

        Assert.NotNull(outbox.Next(window: 1));
        Assert.Null(outbox.Next(window: 1));
    }

    [Fact]
    public void It_is_empty_when_all_is_acknowledged()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.SetRetained("state", Bytes("a"), qos: 1);
        outbox.Connected();
        AddEvent(outbox, "1");
        Assert.False(outbox.IsEmpty);
        Send(outbox);
        Assert.False(outbox.IsEmpty);
        outbox.Acknowledge(1);
        Assert.True(outbox.HasEvents);
        outbox.Acknowledge(2);

        Assert.True(outbox.IsEmpty);
        Assert.False(outbox.HasEvents);
    }

    [Fact]
    public void What_is_left_at_the_end_is_counted()
    {
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1);
        AddEvent(outbox, "1");
        AddEvent(outbox, "2");

        Assert.Equal(2, outbox.Abandon());
        Assert.Equal(2, outbox.Dropped);
        Assert.False(outbox.HasEvents);
    }

    [Fact]
    public void A_topic_is_cleared_until_the_broker_has_it_and_then_forgotten()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.Connected();
        outbox.ClearRetained("old/state");
        Assert.Equal([""], Send(outbox));
        outbox.Lost();
        outbox.Connected();
        Assert.Equal([""], Send(outbox));

        outbox.Acknowledge(LastId);
        outbox.Lost();
        outbox.Connected();

        Assert.Empty(Send(outbox));
    }

    [Fact]
    public void What_is_asked_for_again_is_sent_again()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.SetRetained("a", Bytes("1"), qos: 1);
        outbox.SetRetained("b", Bytes("2"), qos: 1);
        outbox.Connected();
        Send(outbox);

        outbox.Repeat("b");
        Assert.Equal(["2"], Send(outbox));
        outbox.RepeatAll();
        Assert.Equal(["1", "2"], Send(outbox));
    }

    [Fact]
    public void An_event_that_the_broker_refuses_is_not_delivered_and_not_sent_again()
    {
        var outbox = new MqttOutbox(eventCapacity: 1, eventQos: 1);
        outbox.Connected();
        AddEvent(outbox, "1");
        Send(outbox);

        Assert.Equal("event", outbox.Acknowledge(LastId, accepted: false)!.Topic);

        Assert.Equal((0, 1), (outbox.Delivered, outbox.Dropped));
        Assert.True(outbox.IsEmpty);
    }
}
