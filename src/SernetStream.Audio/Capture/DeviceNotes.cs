using SernetStream.Audio.Capture.PortAudio;

namespace SernetStream.Audio.Capture;

/// <summary>
/// Reports on a running device: once, whether its thread got real-time priority; every few seconds of sound, whether
/// its channels are now mixed in another way; once, that somebody was turned away.
/// </summary>
internal sealed class DeviceNotes
{
    private const long SecondsBetweenChannels = 10;

    private bool _isPriorityTold;
    private long _untilChannels = SecondsBetweenChannels * CaptureFormat.PreferredRate;
    private string? _channelNote;
    private bool _isSenderTold;

    /// <summary>A block came from the device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="count">Samples in the block.</param>
    /// <param name="report">Takes what there is to tell, as a status of the device in this state.</param>
    public void Observe(IAudioSource device, int count, Action<DeviceStatus> report)
    {
        if (!_isPriorityTold && device is PortAudioSource { IsRealTime: { } isRealTime })
        {
            _isPriorityTold = true;
            report(new DeviceStatus(DeviceState.Running, device.Name, IsRealTime: isRealTime));
        }

        if (!_isSenderTold && device.SenderNote is { } sender)
        {
            _isSenderTold = true;
            report(new DeviceStatus(DeviceState.Running, device.Name, Note: sender));
        }

        _untilChannels -= count;
        if (_untilChannels > 0)
        {
            return;
        }

        _untilChannels = SecondsBetweenChannels * CaptureFormat.PreferredRate;
        if (device.ChannelNote is var note && note != _channelNote)
        {
            _channelNote = note;
            report(new DeviceStatus(
                DeviceState.Running, device.Name, Note: note ?? "all channels are mixed unchanged again"));
        }
    }
}
