namespace SernetStream.Plugins;

/// <summary>
/// Holds the microphone while a loudspeaker plays, such as an assistant that speaks; a moment longer for the echo, and
/// never longer than a limit: a lost message must not switch the microphone off for ever. May be used by any thread.
/// </summary>
/// <param name="context">The plugin's.</param>
/// <param name="reason">For the log, such as <c>the assistant speaks</c>.</param>
/// <param name="longest">How long the microphone is held at most after the last <see cref="Begin"/>.</param>
/// <param name="echo">How long it is still held after <see cref="End()"/>.</param>
public sealed class LoudspeakerHold(PluginContext context, string reason, TimeSpan longest, TimeSpan echo) : IDisposable
{
    private readonly Lock _gate = new();
    private IDisposable? _hold;
    private ITimer? _letGo;
    private bool _isOver;

    // Counts what was last decided. A timer that fires just when something else is decided waits at the gate, and must
    // not let go then: what it was set for is past.
    private int _generation;

    /// <summary>Whether the microphone is held.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_gate)
            {
                return _hold is not null;
            }
        }
    }

    /// <summary>The loudspeaker plays.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _hold ??= context.HoldMicrophone(reason);
                LetGoAfter(longest);
            }
        }
    }

    /// <summary>It has finished, or is gone.</summary>
    public void End() => End(TimeSpan.Zero);

    /// <summary>It will have finished after so long, unless it begins again or says before that it has.</summary>
    public void End(TimeSpan left)
    {
        lock (_gate)
        {
            if (_hold is not null)
            {
                LetGoAfter(left + echo < longest ? left + echo : longest);
            }
        }
    }

    /// <summary>Lets the microphone go, for ever.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            LetGo(_generation);
        }
    }

    private void LetGoAfter(TimeSpan wait)
    {
        _letGo?.Dispose();
        var generation = ++_generation;
        _letGo = context.Clock.CreateTimer(_ => LetGo(generation), null, wait, Timeout.InfiniteTimeSpan);
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
