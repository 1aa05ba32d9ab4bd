using System.Net;
using SernetStream.Audio.Network;
using SernetStream.Setup.Discovery;
using SernetStream.Testing;

namespace SernetStream.Setup.Tests;

/// <summary>Brokers are found by multicast DNS, with the responder of somebody else (python-zeroconf).</summary>
public sealed class MulticastDnsTests
{
    private const string Service = "_sernet-test._tcp.local";

    [NeedsFact("python:zeroconf")]
    public async Task A_service_is_found_with_its_name_port_and_address()
    {
        await using var responder = ChildProcess.Start(
            "/usr/bin/python3",
            [
                "-c",
                $"""
                import socket, sys
                from zeroconf import ServiceInfo, Zeroconf
                zeroconf = Zeroconf()
                zeroconf.register_service(ServiceInfo(
                    "{Service}.", "Broker in the cellar, v1.2.{Service}.", addresses=[socket.inet_aton("127.0.0.9")], port=1999, server="cellar.local."))
                print("registered", flush=True)
                sys.stdin.read()
                """,
            ]);
        await responder.OutputLineAsync(line => line == "registered");

        var found = await MulticastDns.BrowseAsync([Service], TimeSpan.FromSeconds(2), CancellationToken.None);

        var service = Assert.Single(found);
        Assert.Equal(("Broker in the cellar, v1.2", "cellar.local", 1999), (service.Name, service.Host, service.Port));
        Assert.Equal([IPAddress.Parse("127.0.0.9")], service.Addresses);
    }

    [Fact]
    public void What_is_damaged_is_no_answer()
    {
        var random = new Random(26);
        var whole = Convert.FromHexString(
            "000084000001000100000002" + "055f6d717474045f746370056c6f63616c00000c0001" + "c00c000c000100001194000a074b69746368656ec00c"
            + "c02e0021000100000078000a00000000075b0163c017" + "c04a000100010000007800047f000001");
        Assert.Contains(new DnsAnswer(DnsKind.Service, "Kitchen._mqtt._tcp.local", "c.local", 1883), DnsMessage.Answers(whole));
        Assert.Contains(new DnsAnswer(DnsKind.A, "c.local", Address: IPAddress.Loopback), DnsMessage.Answers(whole));
        Assert.Contains(DnsMessage.Answers(whole), answer => answer is { Kind: DnsKind.Pointer, Target: "Kitchen._mqtt._tcp.local" });
        for (var trial = 0; trial < 20_000; trial++)
        {
            var damaged = whole[..random.Next(whole.Length + 1)];
            for (var damage = random.Next(6); damage > 0 && damaged.Length > 0; damage--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            Assert.All(DnsMessage.Answers(damaged), answer => Assert.InRange(answer.Name.Length, 0, 600));
        }
    }

    [Fact]
    public void A_name_that_points_at_itself_has_an_end()
    {
        byte[] loop = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xC0, 12, 0, 12, 0, 1, 0, 0, 0, 0, 0, 2, 0xC0, 12];
        Assert.Empty(DnsMessage.Answers(loop));
    }

    [Fact]
    public void What_others_call_themselves_cannot_move_the_cursor()
    {
        var found = MulticastDns.Assemble(
            [Service],
            [
                new DnsAnswer(DnsKind.Pointer, Service, $"a\e[2Jb.{Service}"),
                new DnsAnswer(DnsKind.Service, $"a\e[2Jb.{Service}", "pi.local", 1883),
                new DnsAnswer(DnsKind.A, "PI.local", Address: IPAddress.Loopback),
            ]);

        Assert.Equal("a[2Jb", Assert.Single(found).Name);
        Assert.Equal([IPAddress.Loopback], found[0].Addresses);
    }

    [Fact]
    public async Task Of_many_services_a_few_names_are_asked_for_and_the_others_have_their_addresses()
    {
        var asked = 0;
        var silence = new TaskCompletionSource<IPAddress[]>();
        var silent = new HostNames(_ =>
        {
            asked++;
            return silence.Task;
        });
        var services = Enumerable.Range(1, 20).Select(i => new FoundService(Service, "Mine", $"host{i}.local", 1883, [IPAddress.Parse($"127.0.0.{i}")]));
        var reached = await Task.WhenAll(services.Select(service => service.ReachAsync(silent, CancellationToken.None)));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"127.0.0.{i}"), reached);
        Assert.Equal(HostNames.AtOnce, asked);
    }
}
