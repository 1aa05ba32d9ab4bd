using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Configuration;
using SernetStream.Daemon.Commands;
using SernetStream.Models;
using SernetStream.Mqtt;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Rooms;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;
using SernetStream.Speech;
using SernetStream.State;
using SernetStream.Web;
using SernetStream.Web.Dashboard;
using SernetStream.Web.Health;
using SernetStream.Web.Metrics;

namespace SernetStream.Daemon.Hosting;

/// <summary>What all rooms of a house share.</summary>
/// <param name="Scheduler">Steps them.</param>
/// <param name="Models">Their models, each loaded once.</param>
/// <param name="Publishers">Where the events of all of them go.</param>
/// <param name="Mqtt">The connection to the broker; null: there is none.</param>
/// <param name="Speech">Hears who speaks where.</param>
/// <param name="Loggers">Makes their logs.</param>
/// <param name="Threshold">From which level on is logged.</param>
/// <param name="Web">The dashboard; null: there is none.</param>
internal sealed record HouseParts(
    RoomScheduler Scheduler,
    ModelStore Models,
    PublisherHost Publishers,
    MqttPublisher? Mqtt,
    Action<string, bool> Speech,
    ILoggerFactory Loggers,
    LogThreshold Threshold,
    WebOptions? Web);

/// <summary>
/// One room of a house, from its start to its end. What goes wrong in it is said, and tried again after a while; nobody else
/// hears of it.
/// </summary>
internal sealed class Room : IAsyncDisposable
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly HouseParts _house;
    private readonly EmotionModel _model;
    private readonly ClassifierMemory _memory;
    private readonly PipelineOptions _options;
    private readonly Household? _household;
    private readonly NodeControls _settable;
    private readonly PublisherHost _publishers;
    private readonly MqttRoom? _mqtt;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SpeechDetectorFactory _detectors;
    private volatile NodeView? _view;
    private long _lastSequence;

    private Room(RoomSettings settings, HouseParts house)
    {
        (Settings, _house) = (settings, house);
        _log = new NamedLog(house.Loggers.CreateLogger("room"), settings.Name);
        _model = house.Models.Get(settings.Values.Get(Configuration.Settings.Model));
        _memory = _model.CreateMemory();
        _options = settings.Values.Pipeline();
        _detectors = new SpeechDetectorFactory(settings.Values.Get(Configuration.Settings.GateDetector));
        Controls = new PipelineControls(_options.Smoother);
        _household = Household.Begin(
            settings.Values.Get(Configuration.Settings.Learn), LearntFile.Of(settings.Name), _model.Card, Controls, _log);
        _settable = new NodeControls(Controls, house.Threshold, _model.Card.OperatingPoints) { Feedback = _household };
        var description = new NodeDescription
        {
            Model = _model.Card.Name,
            Labels = _model.Card.Labels,
            ConfigurationUrl = house.Web is { Listen.IsLoopback: false } web ? new Uri($"{web.Address}?{DashboardRooms.Key}={Uri.EscapeDataString(settings.Name)}") : null,
        };
        _mqtt = house.Mqtt?.AddRoom(settings.Name, description, _settable, () => _view?.Health() ?? new NodeHealth());
        var own = new List<IEventPublisher>();
        if (_mqtt is not null)
        {
            own.Add(_mqtt);
        }

        if (settings.Values.Get(Configuration.Settings.DiaryKeep))
        {
            own.Add(Publishers.Diary(settings.Values, house.Loggers.CreateLogger("diary")));
        }

        if (house.Web is not null)
        {
            own.Add(Feed = new LiveFeed(settings.Name, house.Web));
        }

        _publishers = new PublisherHost(own, _log);
    }

    /// <summary>What it was started with.</summary>
    public RoomSettings Settings { get; }

    /// <summary>What may be changed while it runs.</summary>
    public PipelineControls Controls { get; }

    /// <summary>The running pipeline; null: there is none at the moment.</summary>
    public NodeView? View => _view;

    /// <summary>What the dashboard shows of it; null: there is no dashboard.</summary>
    public LiveFeed? Feed { get; }

    /// <summary>Ends when the room is over: its file has ended, or it was stopped.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Starts a room.</summary>
    /// <exception cref="ModelException">Its model cannot be loaded.</exception>
    public static async Task<Room> StartAsync(RoomSettings settings, HouseParts house, CancellationToken cancellationToken)
    {
        var room = new Room(settings, house);
        await room._publishers.StartAsync(cancellationToken).ConfigureAwait(false);
        room.Running = Task.Run(room.RunAsync, CancellationToken.None);
        return room;
    }

    /// <summary>The room is no part of the house any more.</summary>
    public ValueTask RemoveAsync()
    {
        if (_mqtt is not null)
        {
            _mqtt.IsRemoved = true;
        }

        return DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _publishers.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var backOff = new BackOff(ShortestWait, LongestWait);
        while (!_stop.IsCancellationRequested)
        {
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                await ListenAsync().ConfigureAwait(false);
                _log.LogInformation("{Source} has ended", AudioSourceFactory.NameOf(Settings.Values.Get(Configuration.Settings.Device)));
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                var wait = backOff.NextAfter(TimeProvider.System.GetElapsedTime(began));
                _log.LogWarning("{Problem} Trying again in {Seconds:0} s.", Sentence(error), wait.TotalSeconds);
                _log.LogDebug(error, "Where the room failed");
                await Task.Delay(wait, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Listens to the source once, until it ends or fails.</summary>
    private async Task ListenAsync()
    {
        var deviceLog = new DeviceLog(_log, TimeProvider.System) { IsAwaited = true };

        // Opening may block; the threads of the pipelines must not.
        using var source = await Task.Run(() => OpenSource(deviceLog), _stop.Token).ConfigureAwait(false);
        using var detector = _detectors.Create();
        using var monitor = Settings.Values.OpenMonitor(
            source,
            Controls,
            new DeviceLog(_log, TimeProvider.System) { IsAwaited = true }.Take,
            problem => _log.LogWarning("what the speakers play is no longer heard: {Problem}", problem));
        using var meter = new NodeMetrics(Settings.Name);
        var sink = new RoomSink(this, meter, source.IsLive, _stop.Token);
        var pipeline = new PipelineHost(source, _model, detector, _options with { LastSequence = _lastSequence }, sink, controls: Controls)
        {
            Memory = _memory,
            Teacher = _household?.Teacher,
            Observer = Feed?.Meter,
            Monitor = monitor?.Track,
        };
        var mayPause = Settings.Values.SourceMayPause(source);
        var view = new NodeView
        {
            Name = Settings.Name,
            IsRoom = true,
            Model = _model.Card,
            Source = source,
            SourceMayPause = mayPause,
            Microphone = source is FileSource ? null : new MicrophoneWatch(pipeline.Counters, source.SampleRate, mayPause, TimeProvider.System),
            Options = _options,
            Settings = Settings.Values,
            Doctor = stopped => DoctorCommand.LookBeside(Settings.Values, stopped),
            Diary = DiaryPlace.Of(Settings.Name),
            KeepsDiary = Settings.Values.Get(Configuration.Settings.DiaryKeep),
            Pipeline = pipeline,
            Settable = _settable,
            Publishers = _publishers,
            Mqtt = _house.Mqtt,
            HealthChanged = _mqtt is null ? null : _mqtt.HealthChanged,
        };
        _view = view;
        Feed?.Show(view);
        meter.Watch(view, Feed);
        view.HealthChanged?.Invoke();
        var isWaiting = source is DeviceSource { State: not DeviceState.Running };
        _log.LogInformation("{Doing} {Source} with {Model}", isWaiting ? "waiting to listen to" : "listening to", source.Name, _model.Card.Name);
        await pipeline.RunAsync(_house.Scheduler, _stop.Token).ConfigureAwait(false);
        await _publishers.FinishAsync(_stop.Token).ConfigureAwait(false);
    }

    private IAudioSource OpenSource(DeviceLog deviceLog) => AudioSourceFactory.Open(
        Settings.Values.Get(Configuration.Settings.Device),
        Settings.Values.Speed(),
        Settings.Values.Get(Configuration.Settings.StandardInputRate),
        Settings.Values.Capture() with { WaitForDevice = true },
        deviceLog.Take,
        _stop.Token);

    private static string Sentence(Exception error) => Failure.ExitCodeOf(error) is null
        ? $"The room has failed, which should not have happened ({error.GetType().Name}: {error.Message})."
        : error.Message;

    /// <summary>Hands a room's events to its own publishers, and to those of the house.</summary>
    private sealed class RoomSink(Room room, NodeMetrics meter, bool isLive, CancellationToken stop) : IEventSink
    {
        public async ValueTask PublishAsync(EmotionEvent emotionEvent)
        {
            meter.Count(emotionEvent);
            room._lastSequence = emotionEvent.Sequence;
            if (isLive)
            {
                room._publishers.Publish(emotionEvent);
                room._house.Publishers.Publish(emotionEvent);
                return;
            }

            await room._publishers.PublishAsync(emotionEvent, stop).ConfigureAwait(false);
            await room._house.Publishers.PublishAsync(emotionEvent, stop).ConfigureAwait(false);
        }

        public ValueTask PublishSpeechAsync(bool speaking)
        {
            room._house.Speech(room.Settings.Name, speaking);
            if (!isLive)
            {
                return room._publishers.PublishSpeechAsync(speaking, stop);
            }

            room._publishers.PublishSpeech(speaking);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Puts the room's name in front of each line.</summary>
    private sealed class NamedLog(ILogger log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Log(logLevel, eventId, state, exception, (said, error) => $"{name}: {formatter(said, error)}");
    }
}
