using System.Text.Json;
using SernetStream.Mqtt.Statistics;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.DiscoveryFixture;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>How long each emotion has lasted today: midnight, summer time, clocks that jump, restarts; and at a broker.</summary>
public sealed class MoodDayTests : IDisposable
{
    private const string Today = "sernet/kitchen/today";
    private readonly TemporaryFolder _folder = new();
    private readonly ListLogger _logger = new();

    private string KeptFile => _folder.PathOf("a1b2.today");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Time_counts_for_the_emotion_that_lasts_and_not_while_nobody_listens()
    {
        var clock = new HouseClock("2026-01-05T12:00:00Z", "Europe/Berlin");
        var day = new MoodDay(null, clock, _logger);
        day.Begin("anger");
        clock.Pass(TimeSpan.FromSeconds(90));
        day.Begin("none");
        clock.Pass(TimeSpan.FromHours(1));
        day.Begin(null);
        clock.Pass(TimeSpan.FromHours(1));
        day.Begin("anger");
        clock.Pass(TimeSpan.FromSeconds(30));

        Assert.Equal("""{"date":"2026-01-05","since":"2026-01-05T00:00:00+01:00","seconds":{"anger":120,"none":3600}}""", Said(day));
    }

    [Fact]
    public void At_midnight_the_day_begins_with_what_lasts()
    {
        var clock = new HouseClock("2026-01-05T22:30:00Z", "Europe/Berlin");
        var day = new MoodDay(null, clock, _logger);
        day.Begin("happiness");
        clock.Pass(TimeSpan.FromMinutes(29.5));
        Assert.Equal(TimeSpan.FromSeconds(30), day.UntilNext());
        Assert.Equal(1770, Seconds(day)["happiness"]);

        clock.Pass(TimeSpan.FromMinutes(10.5));

        Assert.Equal("""{"date":"2026-01-06","since":"2026-01-06T00:00:00+01:00","seconds":{"happiness":600}}""", Said(day));
        Assert.Equal(TimeSpan.FromMinutes(1), day.UntilNext());
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00", 23)]
    [InlineData("Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00", 25)]
    [InlineData("Europe/Berlin", "2026-07-01", "2026-07-01T00:00:00+02:00", 24)]
    [InlineData("America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00", 23)]
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", 25)]
    [InlineData("Asia/Kathmandu", "2026-07-01", "2026-07-01T00:00:00+05:45", 24)]
    [InlineData("UTC", "2026-07-01", "2026-07-01T00:00:00+00:00", 24)]
    public void A_day_is_as_long_as_it_is_there(string zone, string date, string since, int hours)
    {
        var clock = new HouseClock(DateTimeOffset.Parse(since, null).UtcDateTime.ToString("O"), zone);
        var day = new MoodDay(null, clock, _logger);
        day.Begin("neutral");
        clock.Pass(TimeSpan.FromHours(hours) - TimeSpan.FromSeconds(1));
        using var last = JsonDocument.Parse(day.ToUtf8());

        Assert.Equal(date, last.RootElement.GetProperty("date").GetString());
        Assert.Equal(since, last.RootElement.GetProperty("since").GetString());
        Assert.Equal((hours * 3600) - 1, last.RootElement.GetProperty("seconds").GetProperty("neutral").GetInt32());
        clock.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(2, Seconds(day)["neutral"]);
    }

    [Fact]
    public void A_clock_that_jumps_adds_and_removes_nothing()
    {
        var clock = new HouseClock("2026-01-05T12:00:00Z", "UTC");
        var day = new MoodDay(null, clock, _logger);
        day.Begin("anger");
        clock.Pass(TimeSpan.FromMinutes(10));
        clock.Jump(TimeSpan.FromHours(5));
        clock.Pass(TimeSpan.FromMinutes(10));
        clock.Jump(TimeSpan.FromHours(-8));
        clock.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(1800, Seconds(day)["anger"]);

        // Another day is another day, with what has really passed since it was last looked.
        clock.Jump(TimeSpan.FromDays(2));
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(60, Seconds(day)["anger"]);
    }

    [Fact]
    public void A_clock_that_is_corrected_at_midnight_begins_one_day_and_not_two()
    {
        var clock = new HouseClock("2026-01-05T23:59:00Z", "UTC");
        var day = new MoodDay(null, clock, _logger);
        day.Begin("anger");
        clock.Pass(TimeSpan.FromMinutes(3));
        Assert.Equal(120, Seconds(day)["anger"]);

        clock.Jump(TimeSpan.FromMinutes(-5));
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(180, Seconds(day)["anger"]);
        clock.Pass(TimeSpan.FromMinutes(4));

        Assert.Equal(420, Seconds(day)["anger"]);
    }

    [Fact]
    public void A_restart_goes_on_with_the_day_and_another_day_begins_anew()
    {
        var clock = new HouseClock("2026-01-05T12:00:00Z", "UTC");
        var first = new MoodDay(KeptFile, clock, _logger);
        first.Begin("sadness");
        clock.Pass(TimeSpan.FromMinutes(5));
        first.Keep();
        clock.Pass(TimeSpan.FromHours(2));
        var second = new MoodDay(KeptFile, clock, _logger);
        second.Begin("sadness");
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(360, Seconds(second)["sadness"]);

        // Power is lost: what was kept a minute ago at the latest is there.
        clock.Pass(TimeSpan.FromDays(1));
        Assert.Empty(Seconds(new MoodDay(KeptFile, clock, _logger)));
        Assert.Empty(_logger.Lines);
        Assert.Equal([KeptFile], Directory.GetFiles(_folder.FullPath));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"date":"2026-01-05"}""")]
    [InlineData("""{"date":"2026-01-05","seconds":{"anger":"long"}}""")]
    [InlineData("""{"date":5,"seconds":{}}""")]
    public void A_file_that_is_damaged_is_said_and_begun_anew(string text)
    {
        _folder.Write("a1b2.today", text);
        var clock = new HouseClock("2026-01-05T12:00:00Z", "UTC");
        var day = new MoodDay(KeptFile, clock, _logger);
        day.Begin("anger");
        clock.Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(60, Seconds(day)["anger"]);
        Assert.Contains("a restart begins them anew", Assert.Single(_logger.Lines), StringComparison.Ordinal);
        Assert.Equal(60, Seconds(new MoodDay(KeptFile, clock, _logger))["anger"]);
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_said_once_and_it_counts_on()
    {
        var clock = new HouseClock("2026-01-05T12:00:00Z", "UTC");
        var day = new MoodDay(_folder.PathOf("no/such/folder"), clock, _logger);
        day.Begin("anger");
        for (var minute = 1; minute <= 5; minute++)
        {
            clock.Pass(TimeSpan.FromMinutes(1));
            Assert.Equal(60 * minute, Seconds(day)["anger"]);
        }

        Assert.Single(_logger.Lines);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task The_hub_has_a_total_for_each_emotion_of_the_model_and_no_other()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var options = Device(broker) with { Statistics = true, TodayFile = KeptFile };
        _folder.Write("a1b2.today", $$$"""{"date":"{{{DateTime.Now:yyyy-MM-dd}}}","seconds":{"anger":600}}""");
        await using (var publisher = await StartAsync(options, _logger, Node with { Labels = ["anger", "boredom"] }, new FakeControls()))
        {
            var announced = await hub.MessageAsync(Discovery);
            Assert.Empty(DiscoverySchema.Problems(announced.Topic, announced.Payload));
            var sensors = Components(announced).Where(component => component.Key.StartsWith("today_", StringComparison.Ordinal)).ToDictionary();
            Assert.Equal(["today_anger", "today_boredom", "today_unsure"], sensors.Keys);
            Assert.All(sensors.Values, sensor => Assert.Equal(("total", Today), (sensor.GetProperty("state_class").GetString(), sensor.GetProperty("state_topic").GetString())));
            var said = await hub.MessageAsync(Today);
            Assert.Contains("\"anger\":600", said.Payload, StringComparison.Ordinal);
            Assert.Contains($"\"since\":\"{DateTime.Now:yyyy-MM-dd}T0", said.Payload, StringComparison.Ordinal);

            // An event of another model brings other labels.
            await publisher.SendAsync(Events.Make());
            var updated = Components((await hub.MessagesAsync(2, Discovery))[1]);
            Assert.True(updated["today_neutral"].TryGetProperty("name", out _));
        }

        await using var late = await broker.SubscribeAsync();
        var off = Components(await RunOnceAsync(broker, Device(broker) with { TopicsFile = _folder.PathOf("topics") }, Discovery));
        Assert.Equal("""{"p":"sensor"}""", off["today_anger"].GetRawText());
    }

    private static string Said(MoodDay day) => System.Text.Encoding.UTF8.GetString(day.ToUtf8());

    private static Dictionary<string, int> Seconds(MoodDay day) => JsonDocument.Parse(day.ToUtf8()).RootElement.GetProperty("seconds")
        .EnumerateObject().ToDictionary(emotion => emotion.Name, emotion => emotion.Value.GetInt32());

    /// <summary>The clock of a house in some time zone: it goes on, and it can be set.</summary>
    private sealed class HouseClock(string utc, string zone) : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.Parse(utc, null);
        private long _passed;

        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById(zone);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Pass(TimeSpan time) => (_now, _passed) = (_now + time, _passed + time.Ticks);

        public void Jump(TimeSpan time) => _now += time;
    }
}
