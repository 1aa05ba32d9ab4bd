using SernetStream.Mqtt;
using SernetStream.Mqtt.Diagnosis;
using SernetStream.Publishing;

namespace SernetStream.Diagnosis;

/// <summary>Whether the broker is there, lets this node in, and does all that the node needs of it.</summary>
internal static class BrokerCheck
{
    private const string Check = "broker";

    /// <param name="options">How the node speaks to it; null: it does not.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="controls">What it can be told.</param>
    public static IEnumerable<Finding> Look(MqttOptions? options, NodeDescription node, INodeControls controls)
    {
        if (options is null)
        {
            return [Finding.Ok(Check, "No MQTT broker is named (mqtt.broker), so none is tested.")];
        }

        try
        {
            return MqttProbe.Run(options, node, controls).Select(result => Explain(options, result));
        }
        catch (PublisherException error)
        {
            return [Finding.Of(Check, error)];
        }
    }

    private static Finding Explain(MqttOptions options, MqttProbeResult result)
    {
        var topics = string.Join(", ", result.Topics);
        var user = options.UserName ?? "(anonymous)";
        return result.Outcome switch
        {
            MqttProbeOutcome.Well => Finding.Ok(
                Check, $"{options.Broker} accepts this node, keeps its messages, and delivers its commands."),
            MqttProbeOutcome.RightsUnknown => Finding.Ok(
                Check,
                $"{options.Broker} accepts this node. Whether it takes the messages below {options.BaseTopic}/{options.Node} is not known, "
                + "because it speaks MQTT 3.1.1 alone, in which a broker does not say so."),
            MqttProbeOutcome.Unreachable => Finding.Fault(
                Check,
                $"There is no MQTT broker at {options.Broker} ({result.Reason}).",
                "Check name and port (mqtt.broker), that the broker runs, and that no firewall blocks the way."),
            MqttProbeOutcome.Refused => Finding.Fault(
                Check, $"The broker does not accept this node: {result.Reason}.", "Check mqtt.user, mqtt.password_file and the settings of TLS."),
            MqttProbeOutcome.KeepsNothing => Finding.Fault(
                Check,
                $"The broker does not work for a node ({result.Reason}): hubs could not know its state, nor that it is offline.",
                "Let the broker retain messages (in Mosquitto: retain_available true)."),
            MqttProbeOutcome.MayNotHear => Finding.Fault(
                Check,
                $"The broker does not deliver messages at {topics} to this node ({result.Reason}), so no command there reaches it.",
                $"Give the user {user} the right to read {topics} (in Mosquitto: acl_file)."),
            MqttProbeOutcome.TooLarge => Finding.Fault(
                Check,
                $"The broker refuses the announcement to Home Assistant, which has {result.Size} bytes ({result.Reason}).",
                $"Let the broker take messages of {result.Size} bytes (in Mosquitto: max_packet_size and message_size_limit), or set mqtt.discovery: false."),
            MqttProbeOutcome.Shortened => Finding.Warning(
                Check,
                $"The broker refuses the full announcement to Home Assistant, which has {result.Size} bytes ({result.Reason}); "
                + "the node sends it in a shorter form, without icons.",
                $"To have the icons, let the broker take messages of {result.Size} bytes (in Mosquitto: max_packet_size and message_size_limit)."),
            _ => Finding.Fault(
                Check,
                $"The broker accepts this node, but refuses its messages to {topics} ({result.Reason}).",
                $"Give the user {user} the right to write there (in Mosquitto: acl_file)."),
        };
    }
}
