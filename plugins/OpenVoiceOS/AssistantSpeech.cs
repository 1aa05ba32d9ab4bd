namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>
/// Holds the microphone while the assistant speaks, a moment longer for the echo, and never longer than a limit: a lost
/// message must not switch the microphone off for ever.
/// </summary>
internal sealed class AssistantSpeech(PluginContext context, BusSettings settings) : IDisposable
{
    private readonly Lock _gate = new();
    private IDisposable? _hold;
    private ITimer? _letGo;
    private bool _isOver;

    // Counts what was last decided. A timer that fires just when something else is decided waits at the gate, and must
    // not let go then: what it was set for is past.
    private int _generation;

    /// <summary>It speaks.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _hold ??= context.HoldMicrophone("the assistant speaks");
                LetGoAfter(settings.LongestSpeech);
            }
        }
    }

    /// <summary>It has finished, or is gone.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_hold is not null)
            {
                LetGoAfter(settings.Echo);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            LetGo(_generation);
        }
    }

    private void LetGoAfter(double seconds)
    {
        _letGo?.Dispose();
        var generation = ++_generation;
        _letGo = context.Clock.CreateTimer(
            _ => LetGo(generation), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    private void LetGo(int generation)
    {
        lock (_gate)
        {
            if (generation != _generation)
            {
                return;
            }

            _letGo?.Dispose();
            _hold?.Dispose();
            (_letGo, _hold) = (null, null);
        }
    }
}
