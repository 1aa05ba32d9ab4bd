using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// Says how it stands with the broker: one line per change, however often the same is tried again in between.
/// </summary>
internal sealed class MqttStatusLog(ILogger logger, string broker)
{
    private readonly Lock _gate = new();
    private string? _last;

    public void Connected() => Say(LogLevel.Information, $"connected to {broker}");

    public void Unreachable(string reason) =>
        Say(LogLevel.Warning, $"cannot reach {broker} ({reason}); trying again in the background");

    /// <param name="reply">The CONNACK return code, MQTT 3.1.1 table 3.1.</param>
    /// <param name="namedUser">Whether a user name was given.</param>
    public void Refused(int reply, bool namedUser) => Say(LogLevel.Warning, (reply, namedUser) switch
    {
        (1, _) => $"{broker} does not speak MQTT 3.1.1; trying again in the background",
        (2, _) => $"{broker} refused the client id; trying again in the background",
        (3, _) => $"{broker} is not available at the moment; trying again in the background",
        (4 or 5, true) => $"{broker} refused the user name or password; trying again in the background",
        (4 or 5, false) => $"{broker} wants a user name and a password; trying again in the background",
        _ => $"{broker} refused the connection (code {reply}); trying again in the background",
    });

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
