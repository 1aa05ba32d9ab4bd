using SernetStream.Audio;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Says how a capture device fares: once that it is gone and why, then only what is new, and once that it is back.
/// </summary>
internal sealed class DeviceLog(ILogger log)
{
    private bool _isAway;
    private string? _lastSaid;

    /// <summary>Takes news of the device.</summary>
    public void Take(DeviceStatus status)
    {
        if (status.IsRealTime is { } isRealTime)
        {
            if (isRealTime)
            {
                log.LogInformation("{Device} is captured with real-time priority", status.Device);
            }
            else
            {
                log.LogInformation(
                    "{Device} is captured without real-time priority, which a busy machine may need: LimitRTPRIO=20 in the systemd unit allows it",
                    status.Device);
            }

            return;
        }

        if (status is { Problem: { } problem, State: DeviceState.Lost or DeviceState.BackingOff or DeviceState.Opening })
        {
            _isAway = true;
            if (_lastSaid != problem.Message)
            {
                log.LogWarning("{Problem} Trying again until it works.", problem.Message);
                _lastSaid = problem.Message;
            }
        }
        else if (status.State == DeviceState.Running && _isAway)
        {
            (_isAway, _lastSaid) = (false, null);
            log.LogInformation("listening to {Device} again", status.Device);
        }
    }
}
