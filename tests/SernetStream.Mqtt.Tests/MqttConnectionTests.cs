using System.Diagnostics;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>Brokers that start late, disappear and return, and how a node disconnects.</summary>
public sealed class MqttConnectionTests
{
    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_appears_later_is_found()
    {
        await using var broker = MosquittoBroker.NotYetStarted();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port), logger);
        await publisher.SendAsync(Events.Make(sequence: 7));
        await logger.LineAsync("cannot reach");
        Assert.False(publisher.IsConnected);

        await broker.StartAsync();
        await logger.LineAsync("connected to");

        await using var subscriber = await broker.SubscribeAsync();
        Assert.Contains("\"anger\"", (await subscriber.MessageAsync(State)).Payload, StringComparison.Ordinal);
        Assert.Equal(
            [
                $"Warning: MQTT: cannot reach 127.0.0.1:{broker.Port} (connection refused); trying again in the background",
                $"Information: MQTT: connected to 127.0.0.1:{broker.Port}",
            ],
            logger.Lines);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_is_started_anew_gets_everything_retained_again()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port), logger);
        await using (var before = await broker.SubscribeAsync())
        {
            await publisher.SendAsync(Events.Make());
            await before.MessageAsync(Event);
        }

        await broker.KillAsync();
        await logger.LineAsync("cannot reach");
        await publisher.PublishSpeechAsync(speaking: true, CancellationToken.None);
        await broker.StartAsync();
        await logger.LinesAsync(2, "connected to");

        await using var after = await broker.SubscribeAsync();
        await after.MessageAsync(Availability, "online");
        await after.MessageAsync(State, """{"emotion":"anger","confidence":0.81,"speech":"ON","muted":"OFF"}""");
        await after.MessageAsync(Attributes);
        Assert.Equal(["connected to", "lost (", "cannot reach", "connected to"], Kinds(logger));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Events_wait_for_the_broker_and_arrive_in_order()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(wire.Port));
        await publisher.SendAsync(Events.Make(sequence: 1));
        await subscriber.MessageAsync(Event);

        wire.Cut();
        await subscriber.MessageAsync(Availability, "offline");
        for (var sequence = 2; sequence <= 21; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        wire.Mend();

        // The first event may come twice: its acknowledgement may have been lost in the cut.
        await subscriber.MessageAsync(message => message.Topic == Event && Sequences([message]).Contains(21));
        var sent = subscriber.Messages.Where(message => message.Topic == Event);
        Assert.Equal(Enumerable.Range(1, 21).Select(i => (long)i), Sequences(sent).Distinct());
        Assert.Equal(0, publisher.Dropped);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Through_20_cuts_no_event_is_lost_or_overtaken()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        await using var subscriber = await broker.SubscribeAsync("sernet/kitchen/event");
        var logger = new ListLogger();
        var random = new Random(20);

        // A larger queue than usual, since the wire is cut again before the queue is empty.
        await using var publisher = await StartAsync(Options(wire.Port) with { EventQueue = 2000 }, logger);
        var sequence = 0L;
        for (var round = 1; round <= 20; round++)
        {
            await logger.LinesAsync(round, "connected to");
            await SendSomeAsync();
            wire.Cut();
            await SendSomeAsync();
            wire.Mend();
        }

        await subscriber.MessageAsync(message => Sequences([message]).Contains(sequence));
        var came = Sequences(subscriber.Messages).ToList();
        Assert.Equal(Enumerable.Range(1, (int)sequence).Select(i => (long)i), came.Distinct());
        Assert.InRange(came.Count - sequence, 0, 20 * MqttOutbox.Window);
        Assert.Equal(0, publisher.Dropped);

        async Task SendSomeAsync()
        {
            for (var count = random.Next(40); count >= 0; count--)
            {
                await publisher.SendAsync(Events.Make(sequence: ++sequence));
            }
        }
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Of_300_events_the_newest_256_wait_and_44_are_counted()
    {
        await using var broker = MosquittoBroker.NotYetStarted();
        await using var wire = new LoopbackProxy(broker.Port);
        wire.Cut();
        await using var publisher = await StartAsync(Options(wire.Port));
        for (var sequence = 1; sequence <= 300; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        Assert.Equal(44, publisher.Dropped);
        await broker.StartAsync();
        await using var subscriber = await broker.SubscribeAsync();
        wire.Mend();

        var sent = await subscriber.MessagesAsync(256, Event);
        Assert.Equal(Enumerable.Range(45, 256).Select(i => (long)i), Sequences(sent));
        Assert.Equal(44, publisher.Dropped);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_fast_sender_waits_for_a_connected_broker_and_loses_nothing()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port) with { EventQueue = 8 });
        await subscriber.MessageAsync(State, InitialState);

        for (var sequence = 1; sequence <= 500; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        var sent = await subscriber.MessagesAsync(500, Event);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), Sequences(sent));
        Assert.Equal(0, publisher.Dropped);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Waiting_for_a_frozen_broker_can_be_cancelled()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        var options = Options(broker.Port) with { EventQueue = 1, ShutdownLimit = TimeSpan.FromMilliseconds(50) };
        await using var publisher = await StartAsync(options, logger);
        await logger.LineAsync("connected to");
        broker.Freeze();
        using var cancel = new CancellationTokenSource();

        await publisher.PublishAsync(Events.Make(sequence: 1), cancel.Token);
        var second = publisher.PublishAsync(Events.Make(sequence: 2), cancel.Token).AsTask();
        Assert.False(second.IsCompleted);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task When_the_wire_is_cut_the_broker_says_offline()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(wire.Port));
        await subscriber.MessageAsync(Availability, "online");

        wire.Cut();
        await subscriber.MessageAsync(Availability, "offline");
        await using (var late = await broker.SubscribeAsync())
        {
            Assert.Equal(
                new MqttMessage(Availability, "offline", 1, Retained: true), await late.MessageAsync(Availability));
        }

        wire.Mend();
        var told = await subscriber.MessagesAsync(3, Availability);
        Assert.Equal(["online", "offline", "online"], told.Select(message => message.Payload));
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(0)]
    [InlineData(2)]
    public async Task All_200_events_come_in_order_before_the_goodbye(int qos)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeWithAsync("#", "-q", "2");
        var publisher = await StartAsync(Options(broker.Port) with { Qos = qos, ShutdownLimit = TimeSpan.FromSeconds(30) });
        for (var sequence = 1; sequence <= 200; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        await publisher.DisposeAsync();

        await subscriber.MessageAsync(Availability, "offline");

        // At QoS 2 the broker passes an event on when it is released. This may be after the "offline" message, which has QoS 1.
        var came = await subscriber.MessagesAsync(200, Event);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), Sequences(came));
        Assert.Equal(200, publisher.Delivered);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task At_the_end_everything_queued_is_sent_and_offline_is_the_last_word()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync();
        var publisher = await StartAsync(Options(broker.Port));
        for (var sequence = 1; sequence <= 100; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        await publisher.DisposeAsync();

        await broker.LogLineAsync(
            line => line.Contains("Received DISCONNECT from sernet-kitchen", StringComparison.Ordinal));
        await subscriber.MessageAsync(Availability, "offline");
        Assert.Equal(100, subscriber.Messages.Count(message => message.Topic == Event));
        Assert.Equal(100, publisher.Delivered);
        Assert.Equal("offline", subscriber.Messages[^1].Payload);
        await using var late = await broker.SubscribeAsync();
        Assert.Equal(
            new MqttMessage(Availability, "offline", 1, Retained: true), await late.MessageAsync(Availability));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_frozen_broker_does_not_hold_up_the_end()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        var publisher = await StartAsync(Options(broker.Port), logger);
        await logger.LineAsync("connected to");
        broker.Freeze();
        await publisher.SendAsync(Events.Make());

        var began = Stopwatch.GetTimestamp();
        await publisher.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(1.2), TimeSpan.FromSeconds(4));
        await logger.LineAsync("could not be delivered to 127.0.0.1:");

        // The node sent no DISCONNECT, so the broker publishes the will when it runs again.
        broker.Thaw();
        await using var subscriber = await broker.SubscribeAsync();
        await subscriber.MessageAsync(Availability, "offline");
    }

    [NeedsFact("mosquitto")]
    public async Task A_broker_that_is_away_does_not_hold_up_the_end()
    {
        var logger = new ListLogger();
        var options = Options(Loopback.FreePort()) with
        {
            ReconnectShortest = TimeSpan.FromMinutes(1),
            ReconnectLongest = TimeSpan.FromMinutes(1),
        };
        var publisher = await StartAsync(options, logger);
        await logger.LineAsync("cannot reach");

        var began = Stopwatch.GetTimestamp();
        await publisher.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private static IEnumerable<string> Kinds(ListLogger logger)
    {
        string[] kinds = ["connected to", "lost (", "cannot reach"];
        return logger.Lines.Select(line => kinds.Single(kind => line.Contains(kind, StringComparison.Ordinal)));
    }
}
