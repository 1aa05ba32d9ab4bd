using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SernetStream.Plugins;
using SernetStream.Publishing;

namespace SernetStream.PluginSupervisor;

/// <summary>
/// One plugin as a publisher, with the supervisor that starts it, starts it again with back-off when it fails, and
/// disables it when it fails too often, hangs or can never work.
/// </summary>
public sealed class SupervisedPlugin : IEventPublisher
{
    // A plugin that starts is waited for so that a wrong setting is known before the daemon listens; one that hangs
    // does not keep the daemon from listening.
    private static readonly TimeSpan FirstStartTimeout = TimeSpan.FromSeconds(2);

    private readonly IPluginSource _source;
    private readonly PluginServices _services;
    private readonly IConfigurationSection _section;
    private readonly PluginLimits _limits;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly TaskCompletionSource _firstStart = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstMade = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _supervisor = Task.CompletedTask;
    private volatile PluginRun? _run;
    private volatile PluginState _state = PluginState.Starting;
    private volatile string? _lastFailure;
    private long _takenBefore;
    private long _missed;
    private long _starts;
    private long _failures;

    /// <summary>Makes a publisher for a plugin; nothing runs yet.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="section">Its section of the configuration.</param>
    /// <param name="services">What it may use of the daemon.</param>
    /// <param name="logger">Where it and its supervisor write.</param>
    /// <param name="limits">What it may take up; null: the defaults.</param>
    public SupervisedPlugin(
        IPluginSource source,
        IConfigurationSection section,
        PluginServices services,
        ILogger logger,
        PluginLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _section = section;
        _services = services;
        _logger = logger;
        _limits = limits ?? new PluginLimits();
    }

    /// <inheritdoc/>
    public string Name => _source.Name;

    /// <summary>How the plugin is.</summary>
    public PluginHealth Health
    {
        get
        {
            var run = _run;
            return new PluginHealth(
                Name,
                _state,
                Interlocked.Read(ref _takenBefore) + (run?.Inbox.Taken ?? 0),
                Interlocked.Read(ref _missed),
                Interlocked.Read(ref _starts),
                Interlocked.Read(ref _failures),
                run?.OpenStreams ?? 0,
                _lastFailure);
        }
    }

    /// <summary>
    /// Starts the plugin, and waits a moment for it. A plugin that fails or is slow does not keep the others from
    /// starting.
    /// </summary>
    /// <exception cref="PublisherException">It says that it can never work as it is configured.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _supervisor = Task.Run(SuperviseAsync, CancellationToken.None);

        // A host takes a moment to start, and has a limit of its own.
        await Task.WhenAny(_firstMade.Task, _firstStart.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _firstStart.Task.WaitAsync(FirstStartTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // From now on its result goes to the log.
            if (_firstStart.TrySetResult())
            {
                _logger.LogInformation("plugin {Plugin} is still starting", Name);
            }

            await _firstStart.Task.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken) =>
        PostAsync(new EmotionHeard(emotionEvent), cancellationToken);

    /// <inheritdoc/>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) =>
        PostAsync(new SpeechChanged(speaking), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask FinishAsync(CancellationToken hurry)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _supervisor.WaitAsync(hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Asks the plugin to finish what it has, and takes no longer than the limits allow.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _hurry.CancelAsync().ConfigureAwait(false);
        await _supervisor.ConfigureAwait(false);
        if (_state != PluginState.Disabled)
        {
            _state = PluginState.Stopped;
        }

        var health = Health;
        _logger.LogInformation(
            "plugin {Plugin} took {Taken} events and missed {Missed}; it was started {Starts} times and failed {Failures} times",
            Name, health.Taken, health.Missed, health.Starts, health.Failures);
    }

    private async ValueTask PostAsync(RoomEvent heard, CancellationToken cancellationToken)
    {
        if (_run is not { } run || !await run.Inbox.PostAsync(heard, cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Increment(ref _missed);
        }
    }

    private async Task SuperviseAsync()
    {
        var backOff = new BackOff(_limits.RestartShortest, _limits.RestartLongest, _limits.Works);
        while (!_stopping.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            var end = await RunOnceAsync().ConfigureAwait(false);
            if (end.Ending == RunEnding.Finished)
            {
                if (end.Reason.Length > 0)
                {
                    _logger.LogWarning("plugin {Plugin} had to be cancelled: {Reason}", Name, end.Reason);
                }

                break;
            }

            var wait = backOff.NextAfter(Stopwatch.GetElapsedTime(began));
            CountFailure(end);
            if (end.Ending != RunEnding.Failed || backOff.Failures >= _limits.Failures)
            {
                Disable(end, backOff.Failures);
                return;
            }

            _state = PluginState.Waiting;
            _logger.LogWarning(
                "plugin {Plugin} failed ({Reason}); starting it again in {Seconds:0.0} s", Name, end.Reason, wait.TotalSeconds);
            _firstStart.TrySetResult();
            await Task.Delay(wait, _services.Clock, _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _firstStart.TrySetResult();
    }

    private async Task<RunEnd> RunOnceAsync()
    {
        _state = PluginState.Starting;
        Interlocked.Increment(ref _starts);
        var context = new RunContext(Name, _services, _section, _limits, _logger);
        var run = new PluginRun(
            cancel => _source.CreateAsync(_services, _section, _limits, _logger, cancel), context, _limits, _source.Kill);
        _run = run;
        var end = await run.ExecuteAsync(
            () => _firstMade.TrySetResult(),
            () =>
            {
                _state = PluginState.Running;
                _firstStart.TrySetResult();
            },
            _stopping.Token,
            _hurry.Token).ConfigureAwait(false);
        _run = null;
        Interlocked.Add(ref _takenBefore, run.Inbox.Taken);
        Interlocked.Add(ref _missed, run.Inbox.Waiting);
        if (end.Ending != RunEnding.Hung)
        {
            run.Dispose();
        }

        return end;
    }

    private PublisherException Refusal(RunEnd end) => new($"The plugin {Name} cannot be used: {end.Reason}", end.Error!);

    private void CountFailure(RunEnd end)
    {
        _lastFailure = end.Reason;
        Interlocked.Increment(ref _failures);
        if (end.Error is not null)
        {
            _logger.LogDebug(end.Error, "where plugin {Plugin} failed", Name);
        }
    }

    private void Disable(RunEnd end, int inARow)
    {
        _state = PluginState.Disabled;
        switch (end.Ending)
        {
            case RunEnding.Refused when _firstStart.TrySetException(Refusal(end)):
                return;
            case RunEnding.Refused:
                _logger.LogError("plugin {Plugin} is disabled: {Reason}", Name, end.Reason);
                break;
            case RunEnding.Hung:
                _logger.LogError(
                    "plugin {Plugin} is disabled: {Reason}, and could not be cancelled. It may go on running until sernetd ends",
                    Name, end.Reason);
                break;
            default:
                _logger.LogError(
                    "plugin {Plugin} is disabled after {Count} failures in a row, the last: {Reason}. Restart sernetd to try it again",
                    Name, inARow, end.Reason);
                break;
        }

        _firstStart.TrySetResult();
    }
}
