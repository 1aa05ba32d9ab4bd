using Microsoft.Extensions.Logging;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// Logs the state of the connection to the broker: one line per change, however many attempts there are in between.
/// </summary>
internal sealed class MqttStatusLog(ILogger logger, string broker)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _notAccepted = [];
    private string? _last;

    public void Connected() => Say(LogLevel.Information, $"connected to {broker}");

    public void Unreachable(string reason) =>
        Say(LogLevel.Warning, $"cannot reach {broker} ({reason}); trying again in the background");

    /// <param name="reply">The code of the CONNACK; see <see cref="MqttReason"/>.</param>
    /// <param name="namedUser">Whether a user name was given.</param>
    /// <param name="version">The version that was spoken.</param>
    public void Refused(int reply, bool namedUser, MqttVersion version) => Say(
        LogLevel.Warning,
        $"{broker} {MqttReason.OfRefusal(reply, namedUser, version)}; trying again in the background");

    /// <param name="reason">What is wrong, behind the broker's name.</param>
    public void RefusedTransport(string reason) =>
        Say(LogLevel.Warning, $"{broker} {reason}; no connection was made, trying again in the background");

    /// <param name="problem">What is wrong with the files of TLS, in a sentence.</param>
    public void CannotEncrypt(string problem) =>
        Say(LogLevel.Warning, $"{problem} No connection to {broker} was made; trying again in the background");

    /// <summary>Two clients of one id throw each other out for ever.</summary>
    /// <param name="clientId">The id.</param>
    /// <param name="certain">Whether the broker said so, or it is a guess.</param>
    public void Clashes(string clientId, bool certain) => Say(
        LogLevel.Warning,
        $"{(certain ? "another client has" : "it looks as if another client had")} taken over the client id {clientId} "
        + $"at {broker}: if two nodes have one name, give each its own; trying again in the background");

    /// <summary>The broker refuses messages to a topic; logged once a topic.</summary>
    public void NotAccepted(string topic, int code)
    {
        lock (_gate)
        {
            if (!_notAccepted.Add(topic))
            {
                return;
            }
        }

        logger.LogWarning(
            "MQTT: {Broker} refuses messages to {Topic} ({Reason})", broker, topic, MqttReason.Words(code));
    }

    /// <summary>
    /// A message is larger than the broker takes; logged once a topic, and again if even its short form is too large.
    /// </summary>
    public void TooLarge(string topic, int size, bool hasShortForm)
    {
        var consequence = hasShortForm ? "is sent in a shorter form" : "is not sent: raise its limit (in Mosquitto: max_packet_size)";
        lock (_gate)
        {
            if (!_notAccepted.Add($"{topic} {consequence}"))
            {
                return;
            }
        }

        logger.LogWarning(
            "MQTT: {Broker} takes no message of {Size} bytes; the one to {Topic} {Consequence}",
            broker, size, topic, consequence);
    }

    /// <summary>The broker keeps no retained messages.</summary>
    public void KeepsNoRetained()
    {
        lock (_gate)
        {
            if (!_notAccepted.Add("retain"))
            {
                return;
            }
        }

        logger.LogWarning(
            "MQTT: {Broker} keeps no retained messages, so a hub that connects later does not know this node until something "
            + "changes: turn them on (in Mosquitto: retain_available)", broker);
    }

    public void Lost(string reason) =>
        Say(LogLevel.Warning, $"connection to {broker} lost ({reason}); trying again in the background");

    private void Say(LogLevel level, string sentence)
    {
        lock (_gate)
        {
            if (sentence == _last)
            {
                return;
            }

            _last = sentence;
        }

        logger.Log(level, "MQTT: {Status}", sentence);
    }
}
