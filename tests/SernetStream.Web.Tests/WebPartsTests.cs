using System.Net;
using SernetStream.Configuration;
using SernetStream.Testing;
using SernetStream.Web.Dashboard;

namespace SernetStream.Web.Tests;

public class WebPartsTests
{
    [Theory]
    [InlineData("on", "127.0.0.1:8099", true)]
    [InlineData("true", "127.0.0.1:8099", true)]
    [InlineData("9000", "127.0.0.1:9000", true)]
    [InlineData("localhost:80", "127.0.0.1:80", true)]
    [InlineData("[::1]:80", "[::1]:80", true)]
    [InlineData("192.168.1.5:8080", "192.168.1.5:8080", false)]
    [InlineData("0.0.0.0:8099", "0.0.0.0:8099", false)]
    public void An_address_to_listen_on_is_read(string text, string expected, bool isLoopback)
    {
        Assert.Null(Settings.WebListen.Read(text, out var value));
        var address = Assert.IsType<ListenAddress>(value);
        Assert.Equal((expected, isLoopback), (address.ToString(), address.IsLoopback));
    }

    [Fact]
    public void Every_address_is_that_of_ipv4_where_there_is_no_ipv6()
    {
        Assert.Equal("[::]:8099", ListenAddress.Any(8099, hasIpv6: true).ToString());
        Assert.Equal("0.0.0.0:8099", ListenAddress.Any(8099, hasIpv6: false).ToString());
        Assert.Null(Settings.WebListen.Read("*:8099", out var value));
        Assert.False(Assert.IsType<ListenAddress>(value).IsLoopback);
    }

    [Fact]
    public void Wrong_tokens_are_counted_for_each_address_and_forgotten_after_a_minute()
    {
        var clock = new ManualTime();
        var limit = new LoginRateLimit(clock);
        var guesser = IPAddress.Parse("192.168.1.66");
        for (var i = 0; i < LoginRateLimit.PerMinute; i++)
        {
            Assert.False(limit.CountWrong(guesser));
        }

        Assert.True(limit.CountWrong(guesser));
        Assert.True(limit.CountWrong(guesser.MapToIPv6()));
        Assert.False(limit.CountWrong(IPAddress.Parse("192.168.1.67")));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.False(limit.CountWrong(guesser));
    }

    [Fact]
    public void All_addresses_of_one_ipv6_network_count_as_one_and_memory_has_a_bound()
    {
        var limit = new LoginRateLimit(new ManualTime());
        for (var i = 0; i < LoginRateLimit.PerMinute; i++)
        {
            Assert.False(limit.CountWrong(IPAddress.Parse($"2001:db8::{i:x}")));
        }

        Assert.True(limit.CountWrong(IPAddress.Parse("2001:db8::ffff")));
        for (var i = 0; i < 3 * LoginRateLimit.MaxAddresses; i++)
        {
            Assert.False(limit.CountWrong(new IPAddress(i + 1)));
        }

        Assert.True(limit.Addresses <= LoginRateLimit.MaxAddresses);
    }

    [Theory]
    [InlineData("")]
    [InlineData("off")]
    [InlineData("no")]
    public void Off_is_nowhere(string text)
    {
        Assert.Null(Settings.WebListen.Read(text, out var value));
        Assert.Null(value);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("kitchen.local:80")]
    [InlineData("::1:80")]
    [InlineData("127.0.0.1")]
    [InlineData("yes please")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Contains("must be", Settings.WebListen.Read(text, out _), StringComparison.Ordinal);

    [Fact]
    public void In_a_browsers_queue_the_newest_wins_and_it_learns_that_it_missed_something()
    {
        var client = new StreamClient();
        var messages = Enumerable.Range(0, StreamClient.QueueLength + 10).Select(i => new[] { (byte)i }).ToList();
        messages.ForEach(client.Post);
        Assert.Equal(10, client.Dropped);
        Assert.True(client.TakeMissed());
        Assert.False(client.TakeMissed());
        var kept = new List<byte[]>();
        while (client.Messages.TryRead(out var message))
        {
            kept.Add(message);
        }

        Assert.Equal(messages[10..], kept);
    }

    [Fact]
    public void The_picture_keeps_the_newest_second_and_is_taken_once()
    {
        var image = new LiveImage();
        for (var frame = 0; frame < LiveImage.Columns + 5; frame++)
        {
            image.Add([.. Enumerable.Repeat(frame < LiveImage.Columns + 4 ? 0f : 100f, 128)]);
        }

        var columns = new byte[LiveImage.Rows * LiveImage.Columns];
        Assert.Equal(columns.Length, image.Take(columns));
        Assert.All(columns[^LiveImage.Rows..], shade => Assert.Equal(255, shade));
        Assert.All(columns[..^LiveImage.Rows], shade => Assert.Equal(0, shade));
        Assert.Equal(0, image.Take(columns));
    }

    [Fact]
    public void The_meter_says_level_and_peak_of_what_was_since_it_was_asked()
    {
        var meter = new LiveMeter { IsWatched = true };
        var sine = Enumerable.Range(0, 512).Select(i => (float)(0.5 * Math.Sin(Math.Tau * i / 64))).ToArray();
        meter.Step(sine, 0.25f, isSpeaking: true);
        var reading = meter.Take();
        Assert.Equal(-6.02, reading.PeakDb, 0.01);
        Assert.Equal(-9.03, reading.LevelDb, 0.01);
        Assert.Equal((0.25, true), (reading.Speech, reading.IsSpeaking));
        Assert.Equal(LiveMeter.Floor, meter.Take().PeakDb);
    }

    [Fact]
    public void Looking_on_allocates_nothing()
    {
        var meter = new LiveMeter { IsWatched = true };
        var (samples, energies) = (new float[512], new float[128]);
        Assert.Equal(0, Testing.Allocations.Of(() =>
        {
            meter.Frame(energies);
            meter.Step(samples, 0.5f, isSpeaking: true);
        }));
    }
}
