using System.Net;
using SernetStream.Audio.Network;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Tests.Network;

/// <summary>What may stand in the address of a stream, and what of it is shown.</summary>
public sealed class StreamAddressTests
{
    [Theory]
    [InlineData("rtsp://camera/mic", "rtsp://camera/mic", "rtsp://camera/mic")]
    [InlineData("RTSPS://user@camera:322/mic?key=hidden", "rtsps://camera:322/mic", "rtsps://user:p%40%2F%3A%27s@camera:322/mic?key=hidden")]
    [InlineData("https://user@[::1]:8443/a%20b.mp3", "https://[::1]:8443/a%20b.mp3", "https://user:p%40%2F%3A%27s@[::1]:8443/a%20b.mp3")]
    public void Its_name_shows_neither_user_nor_query(string text, string name, string whole)
    {
        Assert.True(StreamAddress.IsOne(text));
        var address = StreamAddress.Parse(text);
        Assert.Equal(name, address.Name);
        Assert.Equal(whole, address.WithPassword("p@/:'s"));
    }

    [Theory]
    [InlineData("rtsp://user:hidden@camera/mic", "capture.password_file")]
    [InlineData("rtsp://user:hid#den@camera/mic", "%23")]
    [InlineData("rtsp://user:12/hidden@camera/mic", "%40")]
    [InlineData("rtsp://us@er:hidden@camera/mic", "%40")]
    [InlineData("http://camera/hid\nden", "control character")]
    [InlineData("http://", "http://host")]
    [InlineData("rtsp://hidden:99999/mic", "rtsp://user@host")]
    [InlineData("tcp://hidden", "tcp://host:port")]
    [InlineData("wyoming://user@hidden:5", "no user and no path")]
    [InlineData("tcp://hidden:5/x", "no user and no path")]
    [InlineData("udp://hidden:5?rate=7", "its rate must be a number from 8000 to 192000")]
    [InlineData("rtp://hidden:5?rate=16000&channels=0", "its channels must be a number from 1")]
    [InlineData("rtp://hidden:5?format=mp3", "its format must be one of s16le, s16be")]
    [InlineData("rtp://hidden:5?chanels=2", "only rate, channels, format and from may follow")]
    [InlineData("udp://hidden:5?from=hidden.local", "its from must be addresses or networks")]
    [InlineData("tcp://hidden:5?from=10.0.0.1", "sernetd connects to a tcp address itself")]
    [InlineData("tcp-listen://hidden", "tcp-listen://host:port")]
    [InlineData("wyoming-listen://hidden:5/kitchen", "no user and no path")]
    public void A_wrong_one_is_refused_without_repeating_it(string text, string remedy)
    {
        var problem = StreamAddress.ProblemOf(text)!;
        Assert.Contains(remedy, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hid", problem.Replace("hides", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", Assert.Throws<ArgumentException>(() => AudioSourceFactory.Open(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtp://0.0.0.0:5004?rate=16000", "udp 0.0.0.0:5004")]
    [InlineData("udp://[::]:5004", "udp :::5004")]
    [InlineData("tcp-listen://0.0.0.0:5004?from=10.0.0.1", "tcp 0.0.0.0:5004")]
    [InlineData("wyoming-listen://127.0.0.1:5004", "tcp 127.0.0.1:5004")]
    [InlineData("rtp://239.1.2.3:5004", null)]
    [InlineData("udp://[ff02::1]:5004", null)]
    [InlineData("tcp://sensor:5004", null)]
    [InlineData("wyoming://kitchen:5004", null)]
    [InlineData("rtp://nowhere", null)]
    [InlineData("default", null)]
    public void What_others_send_to_one_machine_is_known_with_its_place(string device, string? place)
    {
        Assert.Equal(place is not null, SenderListener.IsFor(device));
        if (place is not null)
        {
            Assert.Equal(place, SenderListener.PlaceOf(device));
        }
    }

    [Theory]
    [InlineData("udp://0.0.0.0:5004?rate=8000", "udp://127.0.0.2:5004")]
    [InlineData("udp://[::]:5004", "udp://127.0.0.2:5004")]
    [InlineData("tcp-listen://127.0.0.1:5004", "tcp-listen://127.0.0.1:5004")]
    public void All_addresses_of_the_machine_become_one(string device, string name)
    {
        var address = StreamAddress.Parse(device).At(IPAddress.Parse("127.0.0.2"));
        Assert.Equal(name, address.Name);
        Assert.Equal(StreamAddress.Parse(device).Query, address.Query);
    }

    [Fact]
    public void What_samples_are_like_follows_the_question_mark()
    {
        var address = StreamAddress.Parse("tcp://sensor:5000?rate=48000&channels=2&format=f32le");
        Assert.Equal("tcp://sensor:5000", address.Name);
        Assert.Equal(new StreamFormat(48_000, 2, PcmEncoding.FloatingPoint32), address.Query.OrRaw());
        Assert.Equal(new StreamFormat(16_000, 1, PcmEncoding.Signed16), StreamAddress.Parse("udp://0.0.0.0:5000").Query.OrRaw());
        Assert.False(StreamAddress.IsForFfmpeg("tcp://sensor:5000"));
        Assert.True(StreamAddress.IsForFfmpeg("https://sensor/x"));
    }

    [Theory]
    [InlineData("https://user@radio/x?key=hidden", "https://radio/x")]
    [InlineData("tcp-listen://0.0.0.0:5?from=10.0.0.1", "tcp-listen://0.0.0.0:5")]
    [InlineData("hw:1", "hw:1")]
    [InlineData("rtsp://", "rtsp://")]
    public void Messages_call_it_by_a_name_without_a_key(string device, string name) => Assert.Equal(name, AudioSourceFactory.NameOf(device));

    [Theory]
    [InlineData("default")]
    [InlineData("file:http://x")]
    [InlineData("hw:1")]
    public void Other_devices_are_none(string device) => Assert.False(StreamAddress.IsOne(device));
}
