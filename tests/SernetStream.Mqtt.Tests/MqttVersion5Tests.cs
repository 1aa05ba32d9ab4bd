using System.Net;
using System.Net.Sockets;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>The additions of MQTT 5: events that expire at the broker, and reason codes.</summary>
public sealed class MqttVersion5Tests
{
    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Everything_works_as_with_3_1_1()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(V5(broker), controls: new FakeControls());
        await live.MessageAsync(State, InitialState);
        for (var sequence = 1; sequence <= 50; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), Sequences(await live.MessagesAsync(50, Event)));
        await publisher.DisposeAsync();
        await live.MessageAsync(Availability, "offline");
        Assert.Equal(50, publisher.Delivered);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Events_and_scores_carry_how_long_they_matter_and_the_state_does_not()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeWithAsync("sernet/kitchen/#", "-V", "5", "-F", "sernet-message|%q|%r|%t|%E");
        await using var publisher = await StartAsync(
            V5(broker) with { EventExpiry = TimeSpan.FromSeconds(90), PublishInterim = true });
        await live.MessageAsync(State);

        await publisher.SendAsync(Events.Make());
        await publisher.SendAsync(Events.Make(EmotionEventKind.Interim));

        Assert.InRange(int.Parse((await live.MessageAsync(Event)).Payload), 80, 90);
        Assert.InRange(int.Parse((await live.MessageAsync(Scores)).Payload), 80, 90);
        Assert.Equal("", (await live.MessageAsync(State)).Payload);
    }

    // MQTT 5 requires this reason (section 3.14.2.1), but the Mosquitto of Debian 12 does not send it; this listener does.
    [Fact]
    public async Task A_broker_that_says_that_the_session_was_taken_over_is_believed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(port) with { Version = MqttVersion.V5 }, logger);
        using var client = await listener.AcceptTcpClientAsync();

        byte[] accepted = [0x20, 3, 0, 0, 0];
        byte[] takenOver = [0xE0, 2, 0x8E, 0];
        await client.GetStream().WriteAsync((byte[])[.. accepted, .. takenOver]);

        await logger.LineAsync(
            $"Warning: MQTT: another client has taken over the client id sernet-kitchen at 127.0.0.1:{port}: "
            + "if two nodes have one name, give each its own; trying again in the background");
    }

    [NeedsTheory("mosquitto")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task Two_nodes_of_one_name_are_guessed_from_how_their_connections_end(MqttVersion version)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var (first, second) = (new ListLogger(), new ListLogger());
        var options = V5(broker) with { Version = version };
        await using var kitchen = await StartAsync(options, first);
        await using var kitchenAgain = await StartAsync(options, second);

        const string Sentence = "it looks as if another client had taken over the client id sernet-kitchen";
        Task[] told = [first.LineAsync(Sentence), second.LineAsync(Sentence)];
        await await Task.WhenAny(told);

        // Only one of the two completes; observe the other's time-out.
        _ = Task.WhenAll(told).ContinueWith(
            all => all.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    [NeedsFact("mosquitto", "mosquitto_passwd")]
    public async Task A_wrong_password_is_said_in_the_same_words()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("kitchen", "right");
        var logger = new ListLogger();
        await using var publisher = await StartAsync(
            V5(broker) with { UserName = "kitchen", Password = "wrong" }, logger);

        await logger.LineAsync($"127.0.0.1:{broker.Port} refused the user name or password; trying again in the background");
    }

    [NeedsFact("mosquitto")]
    public async Task A_topic_that_the_broker_does_not_allow_is_named_once()
    {
        using var folder = new TemporaryFolder();
        var acl = folder.Write("acl", "topic readwrite sernet/kitchen/availability\ntopic read sernet/kitchen/+/set\n");
        await using var broker = await MosquittoBroker.StartWithAsync($"acl_file {acl}");
        var logger = new ListLogger();
        await using var publisher = await StartAsync(V5(broker), logger);

        await logger.LineAsync($"127.0.0.1:{broker.Port} refuses messages to {Event[..^5]}state (not authorised)");
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        await logger.LineAsync($"messages to {Event} (not authorised)");
        Assert.Single(logger.Lines, line => line.Contains($"messages to {Event} ", StringComparison.Ordinal));
    }

    private static MqttOptions V5(MosquittoBroker broker) => Options(broker.Port) with { Version = MqttVersion.V5 };
}
