using System.Globalization;
using SernetStream.Publishing;

namespace SernetStream.Web.Health;

/// <summary>
/// Looks every second whether the pipeline moves, and tells the service manager. As long as it does, the watchdog is
/// pinged; once it is stuck, pings stop, and systemd restarts the service.
/// </summary>
internal sealed class HealthMonitor : INodeCondition, IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromSeconds(10);

    private readonly NodeView _node;
    private readonly PipelineProgress _progress;
    private readonly SystemdNotifier _systemd;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private long? _pingedAt;
    private long? _saidAt;
    private volatile string? _stuck;
    private volatile bool _isRunning;

    public HealthMonitor(NodeView node, PipelineProgress progress, SystemdNotifier systemd, TimeProvider clock, ILogger log)
    {
        (_node, _progress, _systemd, _clock, _log) = (node, progress, systemd, clock, log);
    }

    /// <inheritdoc/>
    public string? Stuck => _stuck;

    /// <inheritdoc/>
    public bool IsLive => _stuck is null;

    /// <inheritdoc/>
    public bool IsReady => IsLive && _isRunning && _node.Counters.SamplesIn > 0 && Microphone is not MicrophoneState.Dead;

    /// <inheritdoc/>
    public MicrophoneState? Microphone => _node.Microphone?.State;

    /// <inheritdoc/>
    public bool? IsBrokerConnected => _node.Mqtt?.IsConnected;

    /// <summary>Reports that the node listens, watches it until cancelled, and reports that it ends.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _isRunning = true;
        _systemd.Ready(Summary());
        Look();
        using var ticks = new Ticks(Period(), _clock, stop);
        while (await ticks.NextAsync().ConfigureAwait(false))
        {
            Look();
        }

        _isRunning = false;
        _systemd.Stopping();
    }

    /// <summary>Looks once.</summary>
    internal void Look()
    {
        var stuck = _progress.Stuck();
        if ((stuck is null) != (_stuck is null))
        {
            Report(stuck);
        }

        _stuck = stuck;
        if (_node.Microphone is { } microphone && microphone.Look())
        {
            Report(microphone.State);
        }

        if (stuck is null && _systemd.WatchdogInterval is { } interval && IsDue(_pingedAt, interval / 2))
        {
            _pingedAt = _clock.GetTimestamp();
            _systemd.Ping();
        }

        if (IsDue(_saidAt, StatusEvery))
        {
            _saidAt = _clock.GetTimestamp();
            _systemd.Status(stuck is null ? Summary() : $"stuck: {stuck}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _systemd.Dispose();

    // Looked at twice in the time between two pings, so that a late timer does not cost one.
    private TimeSpan Period() =>
        _systemd.WatchdogInterval is { } interval && interval / 4 < LookEvery ? interval / 4 : LookEvery;

    private bool IsDue(long? last, TimeSpan every) => last is not { } then || _clock.GetElapsedTime(then) >= every;

    private void Report(string? stuck)
    {
        if (stuck is null)
        {
            _log.LogInformation("the pipeline moves again");
        }
        else
        {
            _log.LogError(
                "the pipeline is stuck: {Reason}{Consequence}",
                stuck,
                _systemd.WatchdogInterval is null ? "" : "; the watchdog is not pinged any more, and will restart the service");
        }

        _saidAt = null;
    }

    private void Report(MicrophoneState state)
    {
        switch (state)
        {
            case MicrophoneState.Dead:
                _log.LogWarning(
                    "no sound has come from {Source} for {Seconds} s: check that it is plugged in and the sound server runs",
                    _node.Source.Name, MicrophoneWatch.Timeout.TotalSeconds);
                break;
            case MicrophoneState.Muted:
                _log.LogWarning(
                    "{Source} has delivered nothing but zeros for {Seconds} s: check whether it is muted, by a switch on it or in the system's mixer",
                    _node.Source.Name, MicrophoneWatch.Timeout.TotalSeconds);
                break;
            default:
                _log.LogInformation("sound comes from {Source} again", _node.Source.Name);
                break;
        }

        _saidAt = null;
        _node.HealthChanged?.Invoke();
    }

    private string Summary() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(_node.Controls.Muted ? "muted" : Microphone switch
        {
            MicrophoneState.Dead => "hearing nothing",
            MicrophoneState.Muted => "hearing only zeros",
            _ => "listening",
        })} to {_node.Source.Name}; {_node.Counters.Utterances} utterances, {_node.Counters.Events} events");
}
