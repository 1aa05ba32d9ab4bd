using System.Runtime.InteropServices;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Pipeline.Rooms;
using SernetStream.PluginSupervisor;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;
using SernetStream.Speech;
using SernetStream.State;
using SernetStream.Web.Dashboard;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// A node of many rooms: what they share, and the coming and going of rooms. SIGHUP reads the configuration again: only
/// the rooms that it changes notice.
/// </summary>
/// <param name="settings">The configuration at the start.</param>
/// <param name="reload">Reads it again.</param>
/// <param name="loggers">Makes the logs.</param>
/// <param name="threshold">From which level on is logged.</param>
internal sealed class House(SettingValues settings, Func<SettingValues> reload, ILoggerFactory loggers, LogThreshold threshold) : IDisposable
{
    private readonly ILogger _log = loggers.CreateLogger("sernetd");
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly HashSet<string> _speaking = [];
    private readonly SemaphoreSlim _hungUp = new(0);
    private readonly Lock _gate = new();
    private IReadOnlyList<RoomSettings> _wanted = settings.Rooms;
    private PublisherHost? _shared;

    /// <summary>Whether SIGHUP reads the configuration again; otherwise it ends the program.</summary>
    public static bool TakesHangUp { get; private set; }

    /// <summary>Listens until all rooms are over, or the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CheckModels(settings);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, HangUp);
        TakesHangUp = true;
        using var models = new ModelStore();
        using var identity = new DeviceIdentity(DeviceFolder.Default(), _log);
        var web = settings.Web();
        using var scheduler = new RoomScheduler();
        await RehearseAsync(scheduler, models, stop.Token).ConfigureAwait(false);
        IEnumerable<SupervisedPlugin> plugins = settings.Plugins.Count == 0 ? [] : NodePlugins.Load(settings, Services(models), loggers);
        var shared = Publishers.Create(settings, plugins, feed: null, loggers, identity, new NodeDescription(), controls: null, Health);
        _shared = shared.Host;
        await using (shared.Host.ConfigureAwait(false))
        {
            await shared.Host.StartAsync(stop.Token).ConfigureAwait(false);
            var done = new CancelOnCompletion(shared.Host.OutputClosed, stop);
            await using var closing = done.ConfigureAwait(false);
            var parts = new HouseParts(scheduler, models, shared.Host, shared.Mqtt, SaySpeech, loggers, threshold, web);
            try
            {
                foreach (var room in settings.Rooms)
                {
                    await AddAsync(room, parts, stop.Token).ConfigureAwait(false);
                }

                _log.LogInformation("{Count} rooms, stepped by {Workers} threads", _rooms.Count, scheduler.Workers);
                _ = StartupMemoryTrimmer.GiveBackAfterStartAsync(stop.Token);
                var monitoring = await HouseMonitoring.StartAsync(
                    settings, scheduler, () => Rooms(room => room.View), web, new DashboardRooms(isHouse: true, () => Rooms(room => room.Feed!)), loggers).ConfigureAwait(false);
                await using (monitoring.ConfigureAwait(false))
                {
                    await StayAsync(parts, stop.Token).ConfigureAwait(false);
                }

                await shared.Host.FinishAsync(stop.Token).ConfigureAwait(false);
            }
            finally
            {
                await Task.WhenAll(_rooms.Values.Select(room => room.DisposeAsync().AsTask())).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hungUp.Dispose();

    /// <summary>Whether there is a model of each room's name.</summary>
    /// <exception cref="ConfigurationException">There is not.</exception>
    public static void CheckModels(SettingValues settings)
    {
        var problems = new List<string>();
        foreach (var room in settings.Rooms)
        {
            try
            {
                ModelCatalog.CardOf(room.Values.Get(Settings.Model));
                room.Values.Pipeline().Validate();
            }
            catch (Exception error) when (error is ModelException or ArgumentException)
            {
                problems.Add($"{(room.Values.OriginOf(Settings.Model) ?? room.Origin).Prefix}In {Settings.RoomsKey}.{room.Name}, {error.Message}");
            }
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }
    }

    /// <summary>Each model and gate is tried once before a room pays for its first time.</summary>
    private async Task RehearseAsync(RoomScheduler scheduler, ModelStore models, CancellationToken stop)
    {
        foreach (var (model, gate) in settings.Rooms.Select(room => (room.Values.Get(Settings.Model), room.Values.Get(Settings.GateDetector))).Distinct())
        {
            await Rehearsal.RunAsync(scheduler, models.Get(model), new SpeechDetectorFactory(gate).Create, stop).ConfigureAwait(false);
        }
    }

    private void HangUp(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _hungUp.Release();
    }

    /// <summary>Waits for signals until every room is over.</summary>
    private async Task StayAsync(HouseParts parts, CancellationToken stop)
    {
        var hungUp = _hungUp.WaitAsync(stop);
        while (!stop.IsCancellationRequested)
        {
            var over = Task.WhenAll(_rooms.Values.Select(room => room.Running));
            if (await Task.WhenAny(over, hungUp).ConfigureAwait(false) == over)
            {
                return;
            }

            if (hungUp.IsCompletedSuccessfully)
            {
                hungUp = _hungUp.WaitAsync(stop);
                await ReloadAsync(parts, stop).ConfigureAwait(false);
            }
        }
    }

    private async Task ReloadAsync(HouseParts parts, CancellationToken stop)
    {
        IReadOnlyList<RoomSettings> wanted;
        try
        {
            var now = reload();
            CheckModels(now);
            wanted = now.Rooms;
            if (wanted.Count == 0)
            {
                throw new ConfigurationException([$"there are no {Settings.RoomsKey} in it"]);
            }

            if (HouseText(now) != HouseText(settings))
            {
                _log.LogWarning("settings of the whole house have changed too; they take effect when sernetd is started again");
            }
        }
        catch (Exception error) when (Failure.ExitCodeOf(error) is not null)
        {
            _log.LogError("the configuration was not read again, and everything stays as it was: {Problem}", error.Message.ReplaceLineEndings(" "));
            return;
        }

        lock (_gate)
        {
            _wanted = wanted;
        }

        var (removed, changed, added) = (0, 0, 0);
        foreach (var gone in _rooms.Keys.Except(wanted.Select(room => room.Name)).ToList())
        {
            await Take(gone).RemoveAsync().ConfigureAwait(false);
            SaySpeech(gone, false);
            removed++;
        }

        foreach (var room in wanted)
        {
            var known = _rooms.GetValueOrDefault(room.Name);
            if (known?.Settings.Text == room.Text)
            {
                continue;
            }

            if (known is not null)
            {
                await Take(room.Name).DisposeAsync().ConfigureAwait(false);
            }

            if (await TryAddAsync(room, parts, stop).ConfigureAwait(false))
            {
                (changed, added) = known is null ? (changed, added + 1) : (changed + 1, added);
            }
        }

        _log.LogInformation("the configuration was read again: rooms added: {Added}, changed: {Changed}, removed: {Removed}", added, changed, removed);
    }

    private async Task AddAsync(RoomSettings settings, HouseParts parts, CancellationToken stop)
    {
        var room = await Room.StartAsync(settings, parts, stop).ConfigureAwait(false);
        lock (_gate)
        {
            _rooms[settings.Name] = room;
        }
    }

    /// <summary>Something of each room, in the order of the configuration.</summary>
    private List<T> Rooms<T>(Func<Room, T> what)
    {
        lock (_gate)
        {
            return [.. _wanted.Select(room => _rooms.GetValueOrDefault(room.Name)).OfType<Room>().Select(what)];
        }
    }

    private Room Take(string name)
    {
        lock (_gate)
        {
            _rooms.Remove(name, out var room);
            return room!;
        }
    }

    private async Task<bool> TryAddAsync(RoomSettings room, HouseParts parts, CancellationToken stop)
    {
        try
        {
            await AddAsync(room, parts, stop).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (Failure.ExitCodeOf(error) is not null)
        {
            _log.LogError("the room {Room} cannot be started: {Problem}", room.Name, error.Message);
            return false;
        }
    }

    /// <summary>Everything that is no room's, as text.</summary>
    private static string HouseText(SettingValues values) => string.Join(
        '\n', Settings.All.Where(setting => !Settings.IsOfRoom(setting)).Select(setting => $"{setting.Key}={values.TextOf(setting)}"));

    /// <summary>To those who hear of all rooms, somebody speaks as long as somebody does in any.</summary>
    private void SaySpeech(string room, bool speaking)
    {
        lock (_gate)
        {
            var before = _speaking.Count > 0;
            _ = speaking ? _speaking.Add(room) : _speaking.Remove(room);
            if (before != _speaking.Count > 0)
            {
                _shared?.PublishSpeech(_speaking.Count > 0);
            }
        }
    }

    /// <summary>What the node lends to its plugins.</summary>
    private PluginServices Services(ModelStore models)
    {
        var model = models.Get(settings.Get(Settings.Model));
        var options = settings.Pipeline();
        return NodePlugins.Services(model, new SpeechDetectorFactory(settings.Get(Settings.GateDetector)), options, Hold);
    }

    /// <summary>While a loudspeaker plays, no room listens.</summary>
    private Holding Hold()
    {
        lock (_gate)
        {
            return new Holding([.. _rooms.Values.Select(room => room.Controls.Hold())]);
        }
    }

    /// <summary>The rooms together.</summary>
    private NodeHealth Health()
    {
        lock (_gate)
        {
            return NodeHealth.Together([.. _rooms.Values.Select(room => room.View?.Health()).OfType<NodeHealth>()]);
        }
    }

    private sealed class Holding(List<IDisposable> holds) : IDisposable
    {
        public void Dispose() => holds.ForEach(hold => hold.Dispose());
    }
}
