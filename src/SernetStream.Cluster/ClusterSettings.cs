using System.Net;
using SernetStream.Cluster.Joining;
using SernetStream.Configuration;
using SernetStream.Mqtt;
using StackExchange.Redis;

namespace SernetStream.Cluster;

/// <summary>Everything that a silo is told when it starts.</summary>
internal sealed record ClusterSettings
{
    /// <summary>The cluster's name: several may share a Redis.</summary>
    public string Cluster { get; init; } = "sernet";

    /// <summary>This silo's name.</summary>
    public required string Silo { get; init; }

    /// <summary>Where other silos reach this one.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>Where audio comes in, and where the fleet page is.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>What senders of audio and browsers must show; null: nothing.</summary>
    public string? Token { get; init; }

    /// <summary>Who this silo is.</summary>
    public required Func<ClusterIdentity> Identity { get; init; }

    /// <summary>Redis, with its password.</summary>
    public required ConfigurationOptions Redis { get; init; }

    /// <summary>Where Redis is, without its password.</summary>
    public required string RedisAddress { get; init; }

    /// <summary>The broker; null: events go to the terminal.</summary>
    public MqttOptions? Mqtt { get; init; }

    /// <summary>Rooms whose audio the cluster fetches, or listens for.</summary>
    public IReadOnlyList<Rooms.RoomSpec> Rooms { get; init; } = [];

    /// <summary>Whether this silo listens for the senders of such rooms.</summary>
    public bool Listens { get; init; } = true;

    /// <summary>Where it does, for rooms that say: at all addresses; null: at all.</summary>
    public IPAddress? GatewayAddress { get; init; }

    /// <summary>The model of rooms that name none.</summary>
    public required string Model { get; init; }

    /// <summary>Whether each interim event is published.</summary>
    public bool PublishInterim { get; init; }

    /// <summary>The lag above which this silo gives rooms away, 0..1; 1: it never does.</summary>
    public double LagLimit { get; init; } = Fleet.LoadRule.Behind;

    /// <summary>Whether Orleans' own dashboard is served beside the fleet page.</summary>
    public bool OrleansDashboard { get; init; }

    /// <summary>Whether what Orleans itself logs is shown.</summary>
    public bool Verbose { get; init; }
}
