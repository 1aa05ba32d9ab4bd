using SernetStream.Audio.Capture;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Logs the state of a capture device: once that it is gone and why, then only news, and once that it is back. A device
/// that comes and goes all the time is logged only now and then.
/// </summary>
internal sealed class DeviceLog(ILogger log, TimeProvider clock)
{
    private readonly OutageNews _news = new(clock);
    private readonly HashSet<string> _said = [];
    private bool _hasRun;

    /// <summary>Whether a device is waited for that has not been there yet: that it runs is news then.</summary>
    public bool IsAwaited { get; set; }

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
                    "{Device} is captured without real-time priority, which a busy machine may need. In a drop-in of "
                    + "the systemd unit, LimitRTPRIO=20 RestrictRealtime=no SystemCallFilter=sched_setscheduler allow it, each on its line",
                    status.Device);
            }

            return;
        }

        if (status.Note is { } note)
        {
            log.LogWarning("{Device}: {Note}", status.Device, note);
            return;
        }

        if (status is { Problem: { } problem, State: DeviceState.Lost or DeviceState.BackingOff or DeviceState.Opening })
        {
            if ((_news.Gone() || _said.Count > 0) && _said.Add(problem.Message))
            {
                log.LogWarning("{Problem} Trying again until it works.", problem.Message);
            }
        }
        else if (status.State == DeviceState.Running && (_news.Back() || IsAwaited))
        {
            IsAwaited = false;
            _said.Clear();
            log.LogInformation("listening to {Device}{Again}", status.Device, _hasRun ? " again" : "");
        }

        _hasRun |= status.State is DeviceState.Running or DeviceState.Lost;
    }
}
