using System.Net;
using SernetStream.Setup.Discovery;

namespace SernetStream.Setup.Tests;

/// <summary>Microphones of the network are listed as the daemon takes them, whatever they say of themselves.</summary>
public sealed class StreamFinderTests
{
    private const string Wyoming = "_wyoming._tcp.local";
    private const string Rtsp = "_rtsp._tcp.local";

    [Theory]
    [InlineData(Wyoming, "kitchen.local", 10700, "/ignored", "wyoming://kitchen.local:10700")]
    [InlineData(Rtsp, "camera.local", 554, "/live/1", "rtsp://camera.local/live/1")]
    [InlineData(Rtsp, "[fe80::1]", 8554, null, "rtsp://[fe80::1]:8554/")]
    [InlineData(Rtsp, "camera.local", 554, "live", "rtsp://camera.local/")]
    [InlineData(Rtsp, "camera.local", 554, "/a b", "rtsp://camera.local/")]
    [InlineData(Rtsp, "camera.local", 554, "/a#b", "rtsp://camera.local/")]
    [InlineData(Rtsp, "camera.local", 554, "@elsewhere/", "rtsp://camera.local/")]
    [InlineData(Rtsp, "camera.local", 554, "/x@elsewhere/", "rtsp://camera.local/")]
    public void A_service_is_listed_by_its_address(string service, string host, int port, string? path, string address) =>
        Assert.Equal(address, StreamFinder.Listed(new FoundService(service, "Mine", host, port, []) { Path = path }, host).Device);

    [Fact]
    public void A_path_is_read_from_what_the_service_says_of_itself()
    {
        const string Camera = "Door." + Rtsp;
        byte[] message =
        [
            0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0,
            4, (byte)'D', (byte)'o', (byte)'o', (byte)'r', 5, .. "_rtsp"u8, 4, .. "_tcp"u8, 5, .. "local"u8, 0,
            0, 16, 0, 1, 0, 0, 0, 120, 0, 16, 3, .. "a=b"u8, 11, .. "path=/cam/1"u8,
        ];
        var text = Assert.Single(DnsMessage.Answers(message));
        Assert.Equal((DnsKind.Text, Camera, "a=b\0path=/cam/1"), (text.Kind, text.Name, text.Target));
        var found = MulticastDns.Assemble(
            [Rtsp],
            [new DnsAnswer(DnsKind.Pointer, Rtsp, Camera), new DnsAnswer(DnsKind.Service, Camera, "door.local", 554), text, new DnsAnswer(DnsKind.A, "door.local", Address: IPAddress.Loopback)]);
        Assert.Equal("/cam/1", Assert.Single(found).Path);
    }
}
