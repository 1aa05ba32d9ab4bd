using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Cluster.Joining;
using SernetStream.Cluster.Rooms;
using SernetStream.Configuration;
using SernetStream.Diagnosis;
using SernetStream.Models;
using SernetStream.Mqtt.Diagnosis;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;
using StackExchange.Redis;

namespace SernetStream.Cluster.Operating;

/// <summary><c>sernet-cluster check</c>: whether a silo that is started with the same options will join and do its work.</summary>
internal static class CheckCommand
{
    /// <summary>Looks at everything that the silo needs of others; it does not join.</summary>
    public static async Task<int> RunAsync(ClusterSettings settings, CancellationToken stop)
    {
        var findings = new List<Finding> { Finding.Ok("options", $"The silo {settings.Silo} of {settings.Cluster} would hear {settings.Rooms.Count} rooms of its file.") };
        var identity = Identity(settings, findings);
        findings.AddRange(await RedisAsync(settings, identity?.Fingerprint, stop).ConfigureAwait(false));
        findings.Add(Port("silo", "--silo", settings.Address));
        findings.Add(Port("listen", "--listen", new IPEndPoint(settings.Listen.Address, settings.Listen.Port)));
        findings.AddRange(await GatewaysAsync(settings, stop).ConfigureAwait(false));
        findings.AddRange(Broker(settings));
        identity?.Dispose();
        return Finding.WriteLines(findings, Console.Out) ? ExitCode.Done : ExitCode.Failed;
    }

    private static ClusterIdentity? Identity(ClusterSettings settings, List<Finding> findings)
    {
        try
        {
            var identity = settings.Identity();
            findings.Add(CertificateCheck.Of(identity, TimeProvider.System.GetUtcNow()));
            return identity;
        }
        catch (CommandException error)
        {
            findings.Add(Finding.Of("certificate", error));
            return null;
        }
    }

    private static async Task<IEnumerable<Finding>> RedisAsync(ClusterSettings settings, string? fingerprint, CancellationToken stop)
    {
        await using var door = new RedisDoor(settings, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        try
        {
            if (!await door.TryAsync(stop).ConfigureAwait(false))
            {
                return [Finding.Fault("redis", $"Redis at {settings.RedisAddress} does not answer.", "Check --redis, that Redis runs, that it listens at that address (bind), and that no firewall blocks the way.")];
            }

            var findings = new List<Finding> { Finding.Ok("redis", $"Redis at {settings.RedisAddress} answers.") };
            if (fingerprint is not null)
            {
                findings.Add(await door.KnownAuthorityAsync().ConfigureAwait(false) is { } known
                    ? known == fingerprint
                        ? Finding.Ok("secret", $"This silo has the secret of {settings.Cluster}.")
                        : Finding.Fault("secret", $"The silos of {settings.Cluster} have another secret.", "Give this silo the secret file (or the authority) of the others.")
                    : Finding.Ok("secret", $"No silo has joined {settings.Cluster} yet, so its secret will be this one's."));
            }

            return findings;
        }
        catch (CommandException error)
        {
            return [Finding.Of("redis", error)];
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return [Finding.Fault("redis", $"Redis at {settings.RedisAddress} does not do what is asked of it: {error.Message.Split('\n')[0]}", "See Redis's log.")];
        }
    }

    private static Finding Port(string check, string option, IPEndPoint address)
    {
        try
        {
            using var listener = new TcpListener(address);
            listener.Start();
            return Finding.Ok(check, $"{address} is free.");
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return Finding.Warning(check, $"Somebody listens on {address}: a silo that runs, or another program.", $"If it is no silo of yours, name another port by {option}.");
        }
        catch (SocketException error)
        {
            return Finding.Fault(check, $"This machine cannot listen on {address}: {error.Message}.", $"Name an address of this machine by {option}.");
        }
    }

    private static async Task<IEnumerable<Finding>> GatewaysAsync(ClusterSettings settings, CancellationToken stop)
    {
        var findings = new List<Finding>();
        foreach (var room in settings.Rooms.Where(room => settings.Listens && room.IsSent))
        {
            using var listener = new SenderListener(room.Source!, settings.GatewayAddress);
            try
            {
                await listener.ListenAsync(stop).ConfigureAwait(false);
                findings.Add(Finding.Ok("gateway", $"Senders of {room.Name} can come to {listener.Name}."));
            }
            catch (AudioDeviceException problem)
            {
                findings.Add(Finding.Warning("gateway", $"Senders of {room.Name} cannot come here: {problem.Message}", "If a silo of yours runs, it may be that one. Else name another port in the rooms' file, or another address by --gateway."));
            }
        }

        return findings;
    }

    private static IEnumerable<Finding> Broker(ClusterSettings settings)
    {
        if (settings.Mqtt is not { } broker)
        {
            return [Finding.Warning("broker", "No broker is named, so events go to the terminal.", "Name one by --mqtt.")];
        }

        try
        {
            var controls = new RoomControls(ModelCatalog.CardOf(ModelCatalog.Default), new LogThreshold(LogLevel.Information), new RoomWishes(), () => { });
            return MqttProbe.Run(broker with { Node = $"silo-{settings.Silo}" }, new NodeDescription(), controls.Node).Select(result => result.Outcome switch
            {
                MqttProbeOutcome.Well or MqttProbeOutcome.RightsUnknown => Finding.Ok("broker", $"{broker.Broker} accepts this silo."),
                MqttProbeOutcome.Unreachable => Finding.Fault("broker", $"There is no MQTT broker at {broker.Broker} ({result.Reason}).", "Check --mqtt, that the broker runs, and that no firewall blocks the way."),
                _ => Finding.Fault(
                    "broker", $"The broker does not do all that this silo needs of it: {string.Join(' ', result.Topics.Prepend(result.Reason))}.", "Check the user of --mqtt, SERNET_MQTT_PASSWORD, and what the broker lets that user do."),
            });
        }
        catch (PublisherException error)
        {
            return [Finding.Of("broker", error)];
        }
    }
}
