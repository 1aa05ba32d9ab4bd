using Microsoft.Extensions.Logging;

namespace SernetStream.State;

/// <summary>
/// What hubs know this device by, made once for each name of a node and kept in the <see cref="DeviceFolder"/>. A new
/// name is never matched to a device by guessing: <c>sernetd rename</c> or <c>mqtt.device_id</c> say so.
/// </summary>
internal sealed class DeviceIdentity(DeviceFolder? folder, ILogger log) : IDisposable
{
    private IDisposable? _held;

    /// <summary>The device that was claimed; null where nothing can be kept.</summary>
    public string? Id { get; private set; }

    /// <summary>Where the topics of the device are written down; null where nothing can be kept.</summary>
    public string? TopicsFile => Id is { } id ? folder!.TopicsOf(id) : null;

    /// <summary>Where today's sums of the device are kept; null where nothing can be kept.</summary>
    public string? TodayFile => Id is { } id ? folder!.TodayOf(id) : null;

    /// <summary>
    /// Claims the device of a node until disposed: the one of its name, else a new one. An id that was set is that device,
    /// whatever its node was called before.
    /// </summary>
    /// <param name="node">The node's name.</param>
    /// <param name="deviceId">The id that was set (<c>mqtt.device_id</c>); null for none.</param>
    public void Claim(string node, string? deviceId = null)
    {
        try
        {
            var devices = folder ?? throw new IOException("there is no home");
            using var turn = devices.Turn();
            var known = devices.Devices();
            var named = known.Where(device => device.Node == node).Select(device => device.Id).ToList();
            var id = known.Any(device => device.Id == deviceId) ? deviceId : named.FirstOrDefault();
            if (id is null)
            {
                id = devices.New(node);
                Introduce(node, isSet: deviceId is not null, [.. known.Select(device => device.Node).Where(name => name.Length > 0)]);
            }

            _held = devices.Hold(id);
            if (_held is not null)
            {
                Id = id;
                Take(devices, node, known, named, isSet: deviceId is not null);
            }
            else
            {
                log.LogWarning(
                    "another sernetd on this machine runs as {Node}: hubs take both for one device, unless mqtt.device_id is set; "
                    + "give one of them another name (--node)",
                    node);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.LogInformation(
                "the device id cannot be kept in {Folder} ({Reason}): hubs will take this node for another device when its name "
                + "changes, unless mqtt.device_id is set",
                folder?.Location ?? "a state folder", error.Message);
        }
    }

    public void Dispose() => _held?.Dispose();

    private void Take(
        DeviceFolder devices, string node, IReadOnlyList<(string Id, string Node)> known, List<string> named, bool isSet)
    {
        if (known.Any(device => device.Id == Id && device.Node != node))
        {
            devices.WriteName(Id!, node);
        }
        else if (named.Count > 1 && !isSet)
        {
            log.LogWarning(
                "several devices in {Folder} are called {Node}: {Ids}; this one uses {Id}, unless mqtt.device_id names another",
                devices.Location, node, string.Join(", ", named), Id);
        }
    }

    private void Introduce(string node, bool isSet, IReadOnlyList<string> others)
    {
        if (others.Count > 0 && !isSet)
        {
            log.LogInformation(
                "{Node} is a new device to hubs. If it is an old one under a new name ({Others}), stop it and run: "
                + "sernetd rename {First} {Node} --replace",
                node, string.Join(", ", others), others[0], node);
        }
    }
}
