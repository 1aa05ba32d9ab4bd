namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>
/// Holds the microphone while the user has muted that of the assistant. It holds until the bus says otherwise, also
/// while the bus is away: a restart of a program must not unmute the user.
/// </summary>
internal sealed class MicrophoneMute(PluginContext context) : IDisposable
{
    private readonly Lock _gate = new();
    private IDisposable? _hold;
    private bool _isOver;

    public void Set(bool muted)
    {
        lock (_gate)
        {
            if (muted && !_isOver)
            {
                _hold ??= context.HoldMicrophone("the assistant's microphone is muted");
            }
            else
            {
                _hold?.Dispose();
                _hold = null;
            }
        }
    }

    public void Toggle()
    {
        lock (_gate)
        {
            Set(_hold is null);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Set(false);
        }
    }
}
