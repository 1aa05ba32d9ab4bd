using System.Text.Json;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.DiscoveryFixture;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>How loud it is, where that is asked for; and the area of the device.</summary>
public sealed class MqttLevelTests
{
    private const string Level = "sernet/kitchen/level";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task The_level_is_published_when_it_has_changed_and_the_hub_knows_it()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var room = new Room { Loudness = 0.1 };
        await using var publisher = await StartAsync(
            Device(broker) with { LevelInterval = Interval, Area = "Küche" }, node: Node, controls: new FakeControls(), health: room.Listen);

        var announced = await hub.MessageAsync(Discovery);
        Assert.Empty(DiscoverySchema.Problems(announced.Topic, announced.Payload));
        Assert.Equal(Level, Components(announced)["level"].GetProperty("state_topic").GetString());
        Assert.Equal("Küche", JsonDocument.Parse(announced.Payload).RootElement.GetProperty("dev").GetProperty("sa").GetString());
        await hub.MessageAsync(Level, """{"level":-20}""");
        room.Loudness = 0.105;
        await room.LooksAsync(3);
        room.Loudness = 0.2;
        await hub.MessageAsync(Level, """{"level":-14}""");
        room.Loudness = null;
        await hub.MessageAsync(Level, """{"level":null}""");
        Assert.Equal(3, hub.Messages.Count(message => message.Topic == Level));
        await using var late = await broker.SubscribeAsync(Level);
        Assert.True((await late.MessageAsync(Level)).Retained);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Nothing_of_it_is_left_where_it_is_turned_off_again()
    {
        using var folder = new TemporaryFolder();
        await using var broker = await MosquittoBroker.StartNewAsync();
        var options = Device(broker) with { TopicsFile = folder.PathOf("a1b2.topics") };
        await RunOnceAsync(broker, options with { LevelInterval = Interval }, Discovery);
        await using var hub = await broker.SubscribeAsync();

        var off = await RunOnceAsync(broker, options, Discovery);

        Assert.Equal("""{"p":"sensor"}""", Components(off)["level"].GetRawText());
        await hub.MessageAsync(Level, "");
    }

    [Theory]
    [InlineData(1.0, 0.0)]
    [InlineData(0.5, -6.0)]
    [InlineData(0.001, -60.0)]
    [InlineData(0.0, -120.0)]
    public void The_level_is_that_of_the_samples_since_the_last_look(double loudness, double level)
    {
        var room = new Room { Loudness = 0.3 };
        var meter = new MqttLevel(room.Listen);
        meter.Next();
        room.Loudness = loudness;

        using var payload = JsonDocument.Parse(meter.Next()!);

        Assert.Equal(level, payload.RootElement.GetProperty("level").GetDouble(), 0.05);
        Assert.Null(meter.Next());
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(86401)]
    public void An_interval_that_cannot_be_is_said(double seconds) => Assert.Contains(
        "interval of the MQTT level",
        Assert.Single((Options(1883) with { LevelInterval = TimeSpan.FromSeconds(seconds) }).Problems()), StringComparison.Ordinal);

    /// <summary>A room that is heard for a second with each look. Nothing is heard where it has no loudness.</summary>
    private sealed class Room
    {
        private const int Rate = 16000;
        private readonly Lock _gate = new();
        private double? _loudness;
        private double _energy;
        private long _samples;
        private int _looks;
        private (int Looks, TaskCompletionSource Done)? _waiting;

        public double? Loudness
        {
            set
            {
                lock (_gate)
                {
                    _loudness = value;
                }
            }
        }

        public NodeHealth Listen()
        {
            lock (_gate)
            {
                _samples += _loudness is null ? 0 : Rate;
                _energy += Rate * (_loudness ?? 0) * (_loudness ?? 0);
                if (_waiting is { } waiting && ++_looks >= waiting.Looks)
                {
                    waiting.Done.TrySetResult();
                }

                return new NodeHealth { SoundEnergy = _energy, SoundSamples = _samples };
            }
        }

        public Task LooksAsync(int more)
        {
            lock (_gate)
            {
                _waiting = (_looks + more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                return _waiting.Value.Done.Task.WaitAsync(TimeSpan.FromSeconds(60));
            }
        }
    }
}
