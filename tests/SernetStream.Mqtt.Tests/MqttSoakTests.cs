using System.Diagnostics;
using System.Text.Json;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>
/// A broker that is killed repeatedly while events come, and the delivery time of an event. <c>make soak-mqtt</c>
/// (SERNET_SOAK=1) runs the long forms, other runs the short ones.
/// </summary>
public sealed class MqttSoakTests(ITestOutputHelper output)
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SERNET_SOAK") == "1";

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_is_killed_again_and_again_costs_nothing_but_what_is_too_old()
    {
        var (kills, longestLife, longestOutage) = IsLong
            ? (20, TimeSpan.FromSeconds(22), TimeSpan.FromSeconds(9))
            : (5, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1.5));
        var expiry = IsLong ? TimeSpan.FromSeconds(5) : TimeSpan.FromSeconds(1);
        var random = new Random(2026);
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        await using var publisher = await StartAsync(Options(wire.Port) with { EventExpiry = expiry });
        using var stop = new CancellationTokenSource();
        var sent = 0L;
        var sending = SendAsync();
        var came = new List<long>();
        var memory = new List<long>();
        var began = Stopwatch.GetTimestamp();

        for (var kill = 0; kill <= kills; kill++)
        {
            // Subscribe before the publisher connects, so that no message is missed.
            await using var subscriber = await broker.SubscribeAsync("sernet/kitchen/#");
            wire.Mend();
            await subscriber.MessageAsync(Availability, "online");
            var state = await subscriber.MessageAsync(State);
            await subscriber.MessageAsync(Event);
            Assert.InRange(Number(state), came.LastOrDefault(), Interlocked.Read(ref sent));
            await Task.Delay(random.NextDouble() * longestLife);
            if (kill == kills)
            {
                await stop.CancelAsync();
                await sending;
                var last = Interlocked.Read(ref sent);
                await subscriber.MessageAsync(message => message.Topic == Event && Sequences([message]).Contains(last));
                await subscriber.MessageAsync(message => message.Topic == State && Number(message) == last);
            }
            else
            {
                wire.Cut();
                await broker.KillAsync();
                await Task.Delay(random.NextDouble() * longestOutage);
                await broker.StartAsync();
            }

            came.AddRange(Sequences(subscriber.Messages.Where(message => message.Topic == Event)));
            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        await publisher.DisposeAsync();
        var distinct = came.Distinct().ToList();
        var twice = came.Count - distinct.Count;
        output.WriteLine(
            $"{kills} kills in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s: {sent} events, {distinct.Count} came, {twice} twice, "
            + $"{publisher.Delivered} acknowledged, {publisher.Expired} too old, {publisher.Dropped} dropped; "
            + $"managed memory {memory[0] / 1024} KiB after the first kill, {memory[^1] / 1024} KiB at the end");

        Assert.Equal(distinct.Order(), distinct);
        Assert.Equal(sent, publisher.Delivered + publisher.Expired + publisher.Dropped);
        Assert.Equal(0, publisher.Dropped);
        Assert.InRange(publisher.Expired, 1, sent);

        // Messages in flight when the broker died may be sent twice, be acknowledged and then lost with the broker, or
        // arrive but expire because the acknowledgement was lost.
        Assert.InRange(twice, 0, kills * MqttOutbox.Window);
        Assert.InRange(Math.Abs(publisher.Delivered - distinct.Count), 0, kills * MqttOutbox.Window);
        if (IsLong)
        {
            // Only in the long form does nothing else run in this process.
            Assert.InRange(memory[^1] - memory[0], long.MinValue, 4 << 20);
        }

        async Task SendAsync()
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!stop.IsCancellationRequested)
            {
                var sequence = Interlocked.Increment(ref sent);
                await publisher.SendAsync(Events.Make(sequence: sequence, confidence: Confidence(sequence)));
                await pace.WaitForNextTickAsync();
            }
        }
    }

    [NeedsFact("mosquitto")]
    public async Task An_event_is_with_the_subscriber_in_no_time()
    {
        var events = IsLong ? 3000 : 200;
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var publisher = await StartAsync(Options(broker.Port));
        using var subscriber = new RawClient(broker.Port, "listener");
        subscriber.Subscribe(Event);
        var sentAt = new long[events + 1];
        var tookMs = new double[events];
        var receiving = Task.Factory.StartNew(Receive, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var sequence = 1; sequence <= events; sequence++)
        {
            Volatile.Write(ref sentAt[sequence], Stopwatch.GetTimestamp());
            await publisher.SendAsync(Events.Make(sequence: sequence));
            await pace.WaitForNextTickAsync();
        }

        await receiving;
        Array.Sort(tookMs);
        var p99 = tookMs[(int)Math.Ceiling(0.99 * events) - 1];
        output.WriteLine(
            $"{events} events at 50/s, hand-over to subscriber: p50 {tookMs[events / 2]:0.00} ms, p99 {p99:0.00} ms, max {tookMs[^1]:0.00} ms");

        // The short form runs beside other tests, so its bound only guards against hanging.
        Assert.InRange(p99, 0, IsLong ? 100 : 2000);

        void Receive()
        {
            for (var i = 0; i < events; i++)
            {
                var payload = subscriber.Receive().Payload;
                using var document = JsonDocument.Parse(payload);
                var sequence = document.RootElement.GetProperty("sequence").GetInt32();
                tookMs[i] = Stopwatch.GetElapsedTime(Volatile.Read(ref sentAt[sequence])).TotalMilliseconds;
            }
        }
    }

    // The state has no sequence number, so its confidence carries it.
    private static float Confidence(long sequence) => sequence / 10000f;

    private static long Number(MqttMessage state) =>
        (long)Math.Round(JsonDocument.Parse(state.Payload).RootElement.GetProperty("confidence").GetDouble() * 10000);
}
