namespace SernetStream.Mqtt.Tests;

public sealed class MqttOptionsTests
{
    [Theory]
    [InlineData("broker.local", "broker.local", 1883, null, "broker.local:1883")]
    [InlineData(" broker.local ", "broker.local", 1883, null, "broker.local:1883")]
    [InlineData("broker.local:1884", "broker.local", 1884, null, "broker.local:1884")]
    [InlineData("mqtt://broker.local", "broker.local", 1883, null, "broker.local:1883")]
    [InlineData("MQTT://broker.local/", "broker.local", 1883, null, "broker.local:1883")]
    [InlineData("mqtt://anna@broker.local:1884", "broker.local", 1884, "anna", "broker.local:1884")]
    [InlineData("mqtt://anna%40home@10.0.0.1", "10.0.0.1", 1883, "anna@home", "10.0.0.1:1883")]
    [InlineData("anna@broker", "broker", 1883, "anna", "broker:1883")]
    [InlineData("192.168.1.5:65535", "192.168.1.5", 65535, null, "192.168.1.5:65535")]
    [InlineData("[::1]:1884", "::1", 1884, null, "[::1]:1884")]
    [InlineData("[::1]", "::1", 1883, null, "[::1]:1883")]
    [InlineData("::1", "::1", 1883, null, "[::1]:1883")]
    [InlineData("mqtt://anna@[fe80::1%eth0]:1", "fe80::1%eth0", 1, "anna", "[fe80::1%eth0]:1")]
    public void Addresses_are_read(string address, string host, int port, string? user, string broker)
    {
        var options = MqttOptions.Parse(address);

        Assert.Equal((host, port, user), (options.Host, options.Port, options.UserName));
        Assert.Equal(broker, options.Broker);
        Assert.Empty((options with { Node = "kitchen" }).Problems());
    }

    [Theory]
    [InlineData("mqtts://broker.local", false, 8883)]
    [InlineData("ssl://anna@broker.local:8884/", false, 8884)]
    [InlineData("broker.local", true, 8883)]
    [InlineData("mqtt://broker.local:1883", true, 1883)]
    public void Encryption_has_a_port_of_its_own(string address, bool encrypted, int port)
    {
        var options = MqttOptions.Parse(address, encrypted) with { Node = "kitchen" };

        Assert.Equal(("broker.local", port), (options.Host, options.Port));
        Assert.NotNull(options.Tls);
        Assert.StartsWith("mqtts://", options.ToString(), StringComparison.Ordinal);
        Assert.Empty(options.Problems());
    }

    [Theory]
    [InlineData("ws://broker.local", false, 80, "/mqtt", "ws://broker.local:80/mqtt /kitchen")]
    [InlineData("ws://broker.local:9001/", false, 9001, "/mqtt", "ws://broker.local:9001/mqtt /kitchen")]
    [InlineData("wss://anna@broker.local/a/b?c", true, 443, "/a/b?c", "wss://anna@broker.local:443/a/b?c /kitchen")]
    [InlineData("ws://[::1]:9001", false, 9001, "/mqtt", "ws://[::1]:9001/mqtt /kitchen")]
    public void WebSockets_have_a_path(string address, bool encrypted, int port, string path, string text)
    {
        var options = MqttOptions.Parse(address) with { Node = "kitchen" };

        Assert.Equal((encrypted, port, path), (options.Tls is not null, options.Port, options.WebSocketPath));
        Assert.Equal(text, (options with { BaseTopic = "" }).ToString());
        Assert.Empty(options.Problems());
    }

    [Theory]
    [InlineData("", "host is missing")]
    [InlineData(":1883", "host is missing")]
    [InlineData("mqtt://", "host is missing")]
    [InlineData("mqtt://anna@", "host is missing")]
    [InlineData("mqtt://@broker", "@ without a user name")]
    [InlineData("broker:", "\"\" is not a port")]
    [InlineData("broker:0", "\"0\" is not a port")]
    [InlineData("broker:65536", "\"65536\" is not a port")]
    [InlineData("broker:+1883", "\"+1883\" is not a port")]
    [InlineData("broker:mqtt", "\"mqtt\" is not a port")]
    [InlineData("[::1]1883", "\"1883\" is not a port")]
    [InlineData("[::1", "is not an IPv6 address in brackets")]
    [InlineData("[broker]:1883", "is not an IPv6 address in brackets")]
    [InlineData("a:b:c", "more than one colon")]
    [InlineData("bro ker", "is not the name of a host")]
    [InlineData("mqtt://broker/topic", "is not the name of a host")]
    [InlineData("ws://", "host is missing")]
    [InlineData("ws://anna:secret@broker/mqtt", "has a password in it")]
    [InlineData("wss://broker/a b", "path of the MQTT broker's WebSockets")]
    [InlineData("http://broker", "\"http://\" is not a kind of MQTT broker")]
    public void What_is_wrong_with_an_address_is_said(string address, string part)
    {
        var exception = Assert.Throws<FormatException>(() => MqttOptions.Parse(address));

        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtt://anna:secret@broker")]
    [InlineData("anna:secret@broker:99999")]
    [InlineData("mqtt://anna:sec@ret@broker")]
    public void A_password_in_the_address_is_refused_and_not_repeated(string address)
    {
        var exception = Assert.Throws<FormatException>(() => MqttOptions.Parse(address));

        Assert.Contains("list of processes", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sec", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_password_is_not_in_the_text_form()
    {
        var options = MqttOptions.Parse("anna@broker") with { Node = "kitchen", Password = "secret" };

        Assert.Equal("mqtt://anna@broker:1883 sernet/kitchen", options.ToString());
        Assert.Empty(options.Problems());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a/b")]
    [InlineData("a+")]
    [InlineData("#")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void Nodes_that_cannot_be_a_topic_level_are_refused(string node) => AssertOneProblem(Good with { Node = node });

    // Not inline data: test runners cannot write this character into their reports.
    [Fact]
    public void Nodes_that_MQTT_cannot_carry_are_refused()
    {
        AssertOneProblem(Good with { Node = "a\uD800" });
        AssertOneProblem(Good with { Node = "a\uFFFE" });
        AssertOneProblem(Good with { Node = "a\uFDD0" });
        AssertOneProblem(Good with { Node = "a\U0001FFFF" });
    }

    [Theory]
    [InlineData("")]
    [InlineData("/sernet")]
    [InlineData("sernet/")]
    [InlineData("a//b")]
    [InlineData("a/+")]
    [InlineData("a/#")]
    [InlineData("$SYS")]
    public void Base_topics_that_cannot_be_published_to_are_refused(string topic) =>
        AssertOneProblem(Good with { BaseTopic = topic });

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        AssertOneProblem(Good with { Host = " " });
        AssertOneProblem(Good with { Port = 0 });
        AssertOneProblem(Good with { Port = 65536 });
        AssertOneProblem(Good with { ClientId = "" });
        AssertOneProblem(Good with { UserName = "" });
        AssertOneProblem(Good with { UserName = "a\nb" });
        AssertOneProblem(Good with { Password = "secret" });
        AssertOneProblem(Good with { UserName = "anna", Password = "a\0b" });
        AssertOneProblem(Good with { KeepAlive = TimeSpan.FromSeconds(4) });
        AssertOneProblem(Good with { Qos = -1 });
        AssertOneProblem(Good with { Qos = 3 });
        AssertOneProblem(Good with { EventQueue = 0 });
        AssertOneProblem(Good with { EventExpiry = TimeSpan.Zero });
        AssertOneProblem(Good with { HealthInterval = TimeSpan.FromDays(2) });
        AssertOneProblem(Good with { Version = (MqttVersion)3 });
        AssertOneProblem(Good with { DeviceId = "" });
        AssertOneProblem(Good with { DeviceId = "a b" });
        AssertOneProblem(Good with { DiscoveryPrefix = "home/#" });
        AssertOneProblem(Good with { Node = "devices" });
        AssertOneProblem(Good with { Tls = new MqttTls { CaFile = "/no/such/file" } });
        AssertOneProblem(Good with { ReconnectShortest = TimeSpan.Zero });
        AssertOneProblem(Good with { ReconnectLongest = TimeSpan.FromMilliseconds(1) });
        AssertOneProblem(Good with { ShutdownLimit = TimeSpan.FromSeconds(-1) });
    }

    private static MqttOptions Good => new() { Host = "broker", Node = "kitchen" };

    private static void AssertOneProblem(MqttOptions options) =>
        Assert.EndsWith(".", Assert.Single(options.Problems()), StringComparison.Ordinal);
}
