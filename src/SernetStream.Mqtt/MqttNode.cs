using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
using SernetStream.Mqtt.Statistics;
using SernetStream.Publishing;

namespace SernetStream.Mqtt;

/// <summary>One node at the broker: what is published for it, and what can be changed about it. It shares the outbox with others.</summary>
internal sealed class MqttNode
{
    private readonly MqttOptions _options;
    private readonly MqttOutbox _outbox;
    private readonly ILogger _logger;
    private readonly string _instance;
    private readonly MqttAnnouncement _announcement;
    private readonly MqttCommands? _commands;
    private readonly MqttHealth _health;
    private readonly TimedTopic _timedHealth;
    private readonly TimedTopic[] _timed;
    private readonly MoodDay? _today;
    private readonly RefractoryTime _refractory;
    private readonly INodeControls? _controls;
    private readonly Action _wake;
    private readonly Lock _gate = new();
    private MqttState _state = MqttState.Initial;
    private bool _isOver;

    /// <summary>Puts the node as it is into the outbox.</summary>
    /// <param name="options">Its name, and what is published how.</param>
    /// <param name="outbox">What goes to the broker.</param>
    /// <param name="instance">The mark of this process.</param>
    /// <param name="wake">Called when something is new in the outbox.</param>
    /// <param name="logger">The log.</param>
    /// <param name="node">What it is; null: its first event tells.</param>
    /// <param name="controls">What can be changed about it; null: nothing.</param>
    /// <param name="health">How it is doing.</param>
    /// <param name="clock">The clock of the refractory time and of the day.</param>
    public MqttNode(
        MqttOptions options,
        MqttOutbox outbox,
        string instance,
        Action wake,
        ILogger logger,
        NodeDescription? node,
        INodeControls? controls,
        Func<NodeHealth>? health,
        TimeProvider clock)
    {
        (_options, _outbox, _instance, _wake, _logger, _controls) = (options, outbox, instance, wake, logger, controls);
        Topics = new MqttTopics(options.BaseTopic, options.Node);
        _refractory = new RefractoryTime(options.Refractory, clock);
        _outbox.SetRetained(Topics.Availability, MqttTopics.Online.ToArray(), qos: 1);
        if (!options.IsHouse)
        {
            _state = _state with { Muted = controls?.Muted ?? false };
            _outbox.SetRetained(Topics.State, MqttPayloads.State(_state), options.Qos);
            _outbox.SetRetained(Topics.Attributes, MqttPayloads.InitialAttributes(TimeProvider.System.GetUtcNow()), options.Qos);
        }

        _announcement = new MqttAnnouncement(options, Topics, _outbox, controls, instance);
        _health = new MqttHealth(health, (node ?? new NodeDescription()).Version, TimeProvider.System);
        _today = options is { Statistics: true, IsHouse: false } ? new MoodDay(options.TodayFile, clock, logger) : null;
        CountMood();
        _timedHealth = new TimedTopic(Topics.Health, () => options.HealthInterval, () => _health.ToUtf8(_outbox));
        _timed = [_timedHealth, .. Measured(health)];
        if (node is not null)
        {
            _announcement.Describe(node);
        }

        if (controls is not null)
        {
            _commands = new MqttCommands(controls, Topics, _outbox, new RejectedCommandLog(logger, TimeProvider.System));
            _commands.Tell();
        }
    }

    /// <summary>Its topics.</summary>
    public MqttTopics Topics { get; }

    /// <summary>Its part of the conversation with the broker.</summary>
    public MqttSession? Session { get; private set; }

    /// <summary>Everything that the broker keeps for it.</summary>
    public static IReadOnlyList<string> Retained(MqttOptions options, INodeControls? controls) => MqttTopics.RetainedOf(
        options,
        hasControls: controls is not null,
        hasFeedback: controls?.Feedback is not null,
        hasSensitivity: controls is { Sensitivities.Count: > 0 });

    /// <summary>Begins to follow what is changed about it.</summary>
    /// <param name="former">Removes what was published under former names; null: somebody else does.</param>
    public MqttSession Begin(RetainedTopicCleanup? former)
    {
        if (_controls is not null)
        {
            _controls.Changed += ControlsChanged;
        }

        return Session = new MqttSession(
            _options, Topics, _outbox, _announcement, former, new NodeClashes(_options, _instance, _logger), _commands, _health, _timed, _logger);
    }

    /// <summary>Follows nothing any more.</summary>
    public void End()
    {
        if (_controls is not null)
        {
            _controls.Changed -= ControlsChanged;
        }

        lock (_gate)
        {
            _isOver = true;
        }

        _today?.Keep();
    }

    /// <inheritdoc cref="MqttPublisher.PublishAsync"/>
    public async ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        _announcement.Learn(emotionEvent);
        if (emotionEvent.Kind == EmotionEventKind.Interim)
        {
            if (_options.PublishInterim)
            {
                _outbox.SetScores(Topics.Scores, MqttPayloads.Event(emotionEvent));
                _wake();
            }

            return;
        }

        SetState(state => state with { Emotion = emotionEvent.Emotion, Confidence = emotionEvent.Confidence });
        _outbox.SetRetained(Topics.Attributes, MqttPayloads.Attributes(emotionEvent), _options.Qos);
        if (!_refractory.Passes(emotionEvent.Emotion))
        {
            _wake();
            return;
        }

        var payload = MqttPayloads.Event(emotionEvent);
        if (_options.House is { IsSilo: true })
        {
            _outbox.PostEvent(Topics.Event, payload);
            _wake();
            return;
        }

        while (_outbox.TryAddEvent(Topics.Event, payload) is { } room)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        _wake();
    }

    /// <inheritdoc cref="MqttPublisher.PublishSpeechAsync"/>
    public void PublishSpeech(bool speaking)
    {
        SetState(state => state with { Speaking = speaking });
        _wake();
    }

    /// <inheritdoc cref="MqttPublisher.HealthChanged"/>
    public void HealthChanged()
    {
        _timedHealth.Changed();
        _wake();
    }

    private void CountMood() => _today?.Begin(_state.Muted ? null : MqttState.ForHubs(_state.Emotion));

    private IEnumerable<TimedTopic> Measured(Func<NodeHealth>? health)
    {
        if (_options.LevelInterval > TimeSpan.Zero && !_options.IsHouse)
        {
            yield return new TimedTopic(Topics.Level, () => _options.LevelInterval, new MqttLevel(health).Next);
        }

        if (_today is not null)
        {
            yield return new TimedTopic(Topics.Today, _today.UntilNext, _today.ToUtf8);
        }
    }

    private void ControlsChanged(object? sender, EventArgs arguments)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            SetState(state => state with { Muted = _controls!.Muted });
            _commands!.Tell();
        }

        _wake();
    }

    // Events and controls come on threads of their own.
    private void SetState(Func<MqttState, MqttState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
            CountMood();
            _outbox.SetRetained(Topics.State, MqttPayloads.State(_state), _options.Qos);
        }
    }
}
