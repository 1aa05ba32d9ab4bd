using SernetStream.Cluster.Fleet;
using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Gateways;

/// <summary>Sees to it that this silo listens for the senders of all rooms that are sent to the cluster, as long as it takes rooms.</summary>
internal sealed class GatewayKeeper(ClusterSettings settings, FleetView fleet, RoomDoor door, ILogger<GatewayKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, ListeningGateway> _gateways = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Listens)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            var wanted = fleet.Rooms.Where(room => room is { IsSent: true, Source: not null } && door.Refusal(room.Name) is null).ToDictionary(room => room.Name);
            await EndAsync(_gateways.Values.Where(gateway => wanted.GetValueOrDefault(gateway.Spec.Name) != gateway.Spec)).ConfigureAwait(false);
            Begin(wanted.Values.Where(room => !_gateways.ContainsKey(room.Name)));
            foreach (var gateway in _gateways.Values)
            {
                gateway.SayNews();
            }

            await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await EndAsync(_gateways.Values).ConfigureAwait(false);
    }

    private void Begin(IEnumerable<RoomSpec> rooms)
    {
        var count = 0;
        foreach (var room in rooms)
        {
            var gateway = _gateways[room.Name] = new ListeningGateway(room, settings.GatewayAddress, door, log);
            gateway.Start();
            count++;
        }

        if (count > 0)
        {
            log.LogInformation("listening for the senders of {Count} rooms", count);
        }
    }

    private async Task EndAsync(IEnumerable<ListeningGateway> gateways)
    {
        var over = gateways.ToList();
        await Task.WhenAll(over.Select(gateway => gateway.DisposeAsync().AsTask())).ConfigureAwait(false);
        over.ForEach(gateway => _gateways.Remove(gateway.Spec.Name));
        if (over.Count > 0)
        {
            log.LogInformation("no longer listening for the senders of {Count} rooms", over.Count);
        }
    }
}
