namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>
/// Holds the microphone while the assistant speaks, a moment longer for the echo, and never longer than a limit: a message
/// that got lost must not make the room deaf.
/// </summary>
internal sealed class AssistantSpeech : IDisposable
{
    private readonly PluginContext _context;
    private readonly BusSettings _settings;
    private readonly ITimer _letGo;
    private readonly Lock _gate = new();
    private IDisposable? _hold;

    public AssistantSpeech(PluginContext context, BusSettings settings)
    {
        _context = context;
        _settings = settings;
        _letGo = context.Clock.CreateTimer(_ => LetGo(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It speaks.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _hold ??= _context.HoldMicrophone("the assistant speaks");
            LetGoAfter(_settings.LongestSpeech);
        }
    }

    /// <summary>It has finished, or is gone.</summary>
    public void End() => LetGoAfter(_settings.Echo);

    public void Dispose()
    {
        _letGo.Dispose();
        LetGo();
    }

    private void LetGoAfter(double seconds) => _letGo.Change(TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);

    private void LetGo()
    {
        lock (_gate)
        {
            _hold?.Dispose();
            _hold = null;
        }
    }
}
