using System.Net.Sockets;

namespace SernetStream.Setup.Discovery;

/// <summary>A broker that may be meant.</summary>
/// <param name="Address">As <c>mqtt.broker</c> takes it.</param>
/// <param name="Description">What it is, for people.</param>
internal sealed record FoundBroker(string Address, string Description);

/// <summary>Finds MQTT brokers: those that say so in the network, that of a Home Assistant, and one on this machine.</summary>
internal static class BrokerFinder
{
    private const string Mqtt = "_mqtt._tcp.local";
    private const string SecureMqtt = "_secure-mqtt._tcp.local";

    // Home Assistant's broker does not say that it is there, but Home Assistant does, and both are mostly on one machine.
    private const string HomeAssistant = "_home-assistant._tcp.local";

    private const int MqttPort = 1883;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Those that take a connection, each once.</summary>
    public static async Task<IReadOnlyList<FoundBroker>> FindAsync(CancellationToken stop)
    {
        var found = await MulticastDns.BrowseAsync([Mqtt, SecureMqtt, HomeAssistant], Round, stop).ConfigureAwait(false);
        var candidates = new List<(FoundBroker Broker, string Host, int Port)>();
        foreach (var service in found)
        {
            var host = await service.ReachAsync(MulticastDns.Names, stop).ConfigureAwait(false);
            if (host is not null)
            {
                candidates.Add(Candidate(service, host));
            }
        }

        candidates.Add((new FoundBroker("localhost", "on this machine"), "localhost", MqttPort));
        var there = new List<FoundBroker>();
        foreach (var (broker, host, port) in candidates.DistinctBy(candidate => candidate.Broker.Address))
        {
            if (await AnswersAsync(host.Trim('[', ']'), port, stop).ConfigureAwait(false))
            {
                there.Add(broker);
            }
        }

        return there;
    }

    private static (FoundBroker Broker, string Host, int Port) Candidate(FoundService service, string host)
    {
        var port = service.Service == HomeAssistant ? MqttPort : service.Port;
        var address = (service.Service == SecureMqtt ? "mqtts://" : "") + (port == MqttPort ? host : $"{host}:{port}");
        var description = service.Service == HomeAssistant ? $"beside the Home Assistant \"{service.Name}\"" : $"\"{service.Name}\" on {service.Host}";
        return (new FoundBroker(address, description), host, port);
    }

    private static async Task<bool> AnswersAsync(string host, int port, CancellationToken stop)
    {
        using var socket = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ConnectTimeout);
        try
        {
            await socket.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }
}
