using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using MQTTnet;
using SernetStream.Pipeline;

namespace SernetStream.Soak.Cluster;

/// <summary>What a subscriber hears of all rooms: who spoke last and when, and whether a number came twice or too late.</summary>
internal sealed class Heard : IAsyncDisposable
{
    /// <summary>Numbers that an activation of a room takes at once (SequenceNumbers of SernetStream.Cluster, which this program does not reference).</summary>
    private const long BlockLength = 65536;

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly ConcurrentDictionary<string, Room> _rooms = new();
    private long _twice;
    private long _late;
    private long _count;

    /// <summary>Messages of a number that had come before.</summary>
    public long Twice => Interlocked.Read(ref _twice);

    /// <summary>
    /// Messages of a silo that speaks for a room another has: with a number of an earlier block than one heard before (each activation
    /// has its own blocks), or lower than one of the same topic. Between topics there is no order: events go out before waiting scores.
    /// </summary>
    public long Late => Interlocked.Read(ref _late);

    /// <summary>From the end of a window's sound to its event, of interim events since <see cref="MeasureAnew"/>; only one thread records.</summary>
    public LatencyHistogram Latency { get; private set; } = new();

    /// <summary>All messages.</summary>
    public long Count => Interlocked.Read(ref _count);

    public async Task StartAsync(int port)
    {
        _client.ApplicationMessageReceivedAsync += arguments =>
        {
            Take(arguments.ApplicationMessage);
            return Task.CompletedTask;
        };
        await _client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build());
        foreach (var filter in new[] { "sernet/+/event", "sernet/+/scores" })
        {
            await _client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(filter, MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce).Build());
        }
    }

    /// <summary>Rooms of which nothing with a number above these came since a moment.</summary>
    public IReadOnlyList<string> SilentSince(long moment, IReadOnlyDictionary<string, long> lastNumbers) =>
        [.. lastNumbers.Where(room => !(_rooms.TryGetValue(room.Key, out var heard) && heard.At > moment && heard.Last > room.Value)).Select(room => room.Key)];

    /// <summary>The last number of a room; 0: it has not been heard.</summary>
    public long LastOf(string room) => _rooms.TryGetValue(room, out var heard) ? heard.Last : 0;

    /// <summary>How many messages came of the rooms whose names begin so.</summary>
    public long CountOf(string rooms) => _rooms.Where(room => room.Key.StartsWith(rooms, StringComparison.Ordinal)).Sum(room => (long)room.Value.Numbers.Count);

    /// <summary>Latencies of the interim events that come from now on.</summary>
    public void MeasureAnew() => Latency = new LatencyHistogram();

    /// <summary>How many finals and changes of a room came with numbers from one to another.</summary>
    public int Decisions(string room, long first, long last)
    {
        if (last < first || !_rooms.TryGetValue(room, out var heard))
        {
            return 0;
        }

        lock (heard)
        {
            return heard.Decisions.GetViewBetween(first, last).Count;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync();
        _client.Dispose();
    }

    private void Take(MqttApplicationMessage message)
    {
        var levels = message.Topic.Split('/');
        using var json = JsonDocument.Parse(message.Payload);
        var number = json.RootElement.GetProperty("sequence").GetInt64();
        var room = _rooms.GetOrAdd(levels[1], _ => new Room());
        if (levels[2] == "scores")
        {
            Latency.Record(json.RootElement.GetProperty("latencyMs").GetDouble());
        }

        lock (room)
        {
            Interlocked.Increment(ref _count);
            Interlocked.Add(ref _twice, room.Numbers.Add(number) ? 0 : 1);
            var isEvent = levels[2] == "event";
            var lastOfTopic = isEvent ? room.Decisions.Max : room.LastScores;
            var isLate = number < lastOfTopic || number / BlockLength < room.Last / BlockLength;
            Interlocked.Add(ref _late, isLate ? 1 : 0);
            if (isEvent)
            {
                room.Decisions.Add(number);
            }
            else
            {
                room.LastScores = Math.Max(room.LastScores, number);
            }

            room.Last = Math.Max(room.Last, number);
            room.At = Stopwatch.GetTimestamp();
        }
    }

    private sealed class Room
    {
        public HashSet<long> Numbers { get; } = [];

        public SortedSet<long> Decisions { get; } = [];

        public long Last { get; set; }

        public long LastScores { get; set; }

        public long At { get; set; }
    }
}
