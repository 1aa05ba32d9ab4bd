using Microsoft.Extensions.Logging;

namespace SernetStream.Mqtt;

/// <summary>
/// Notices another node at the same broker that has the name or the device id of this one. Each node publishes a record
/// with a mark of its process when it connects; a node that receives a clashing live record logs it, and repeats its
/// own record, so that the other learns of it too.
/// </summary>
internal sealed class NodeClashes(MqttOptions options, string instance, ILogger logger)
{
    private readonly HashSet<string> _known = [];

    /// <summary>Takes a record in that was just published.</summary>
    /// <returns>Whether the other node is to hear this one's record.</returns>
    public bool Heard(NodeRecord other)
    {
        var sameId = other.Id == options.EffectiveDeviceId;
        var sameName = other.Node == options.Node;
        if (other.Instance.Length == 0 || other.Instance == instance || !(sameId || sameName) || !_known.Add(other.Instance))
        {
            return false;
        }

        if (sameName)
        {
            logger.LogWarning(
                "MQTT: another node on {Host} is called {Node} too, with the device id {OtherId} (this one's is {DeviceId}), and both "
                + "publish below {Topic}: give one of them another name (--node, or node: in its configuration)",
                other.Host, options.Node, other.Id, options.EffectiveDeviceId, $"{options.BaseTopic}/{options.Node}");
        }

        if (sameId)
        {
            logger.LogWarning(
                "MQTT: another node, {Other} on {Host}, has the device id of this one, {DeviceId}, so hubs take the two for one device: "
                + "give one of them its own (mqtt.device_id); if its system was copied from this one, delete its state folder",
                other.Node, other.Host, options.EffectiveDeviceId);
        }

        return true;
    }
}
