using System.Collections.Concurrent;
using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Cluster.Events;
using SernetStream.Cluster.Gateways;
using SernetStream.Cluster.Joining;
using SernetStream.Models;
using SernetStream.Pipeline.Rooms;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;

namespace SernetStream.Cluster.Rooms;

/// <summary>The rooms of this silo: models they share, audio that gateways get for them, and who is heard. Any thread.</summary>
internal sealed class RoomEngine(
    ClusterSettings settings, IRoomEvents events, MembershipFence fence, ILoggerFactory loggers, LogThreshold threshold) : IDisposable
{
    private readonly RoomScheduler _scheduler = new();
    private readonly ConcurrentDictionary<string, Lazy<EmotionModel>> _models = new();
    private readonly ConcurrentDictionary<string, SentAudio> _feeds = new();
    private readonly ConcurrentDictionary<string, RoomRun> _runs = new();

    /// <summary>The log of rooms.</summary>
    public ILogger Log { get; } = loggers.CreateLogger("rooms");

    /// <summary>The rooms that are heard here.</summary>
    public IReadOnlyCollection<RoomRun> Runs => [.. _runs.Values];

    /// <summary>Whether a room is heard here, as it is to be.</summary>
    public bool Hears(RoomSpec room) => _runs.TryGetValue(room.Name, out var run) && !run.HasEnded && run.Spec == room;

    /// <summary>Loads the model of rooms that name none, so that a wrong name is known at once.</summary>
    /// <exception cref="ModelException">There is none.</exception>
    public void LoadDefaultModel() => ModelOf(settings.Model);

    /// <summary>A gateway gets audio for a room; that of another gateway ends.</summary>
    /// <param name="room">The room's name.</param>
    /// <param name="audio">The audio.</param>
    /// <param name="takesOver">Whether it takes the place of what still comes.</param>
    /// <returns>Whether the room will hear it if it begins here.</returns>
    public bool Feed(string room, SentAudio audio, bool takesOver)
    {
        while (true)
        {
            var before = _feeds.GetOrAdd(room, audio);
            if (ReferenceEquals(before, audio))
            {
                return true;
            }

            if (!takesOver && before.IsSending)
            {
                return false;
            }

            if (_feeds.TryUpdate(room, audio, before))
            {
                before.Complete();
                return true;
            }
        }
    }

    /// <summary>A gateway gets no more.</summary>
    public void EndFeed(string room, SentAudio audio)
    {
        audio.Complete();
        _feeds.TryRemove(new KeyValuePair<string, SentAudio>(room, audio));
    }

    /// <summary>Begins to hear a room. Not on a thread of the grains: a model may have to be loaded.</summary>
    public Task<RoomRun> StartAsync(
        RoomSpec spec, SequenceNumbers numbers, long firstSequence, RoomMemory before, Action onEnded, Action onChanged) => Task.Run(() =>
    {
        var model = ModelOf(spec.Model ?? settings.Model);
        var tools = new RoomTools(model, fence, Open, (pipeline, stop) => pipeline.RunAsync(_scheduler, stop), Log);
        var controls = new RoomControls(model.Card, threshold, before.Wishes, onChanged);
        RoomRun? heard = null;
        var outlet = events.Open(spec.Name, model.Card, controls.Node, () => Volatile.Read(ref heard)?.Health() ?? new NodeHealth());
        var run = heard = new RoomRun(spec, tools, controls, numbers, firstSequence, outlet, onEnded);
        _runs[spec.Name] = run;
        run.Start(before);
        Log.LogInformation("hearing {Room} from number {First} on", spec.Name, firstSequence);
        return run;
    });

    /// <summary>Ends a room here. When it returns, nothing of it is on its way to the broker.</summary>
    public Task StopAsync(RoomRun run, bool offline) => Task.Run(async () =>
    {
        await run.DisposeAsync().ConfigureAwait(false);
        _runs.TryRemove(new KeyValuePair<string, RoomRun>(run.Spec.Name, run));
        await run.Outlet.CloseAsync(offline).ConfigureAwait(false);
        var report = run.Report();
        Log.LogInformation(
            "the room {Room} ends here: numbers {First} to {Last}, {Decisions} finals and changes, {Withheld} withheld; {Cut} windows: {Classified} classified, "
            + "{Skipped} skipped, {Late} late, {Failed} failed",
            report.Name, report.FirstSequence, run.Numbers.Last, report.Finals + report.Changes, report.Withheld, report.Cut, report.Classified,
            report.Skipped, report.Late, report.Failed);
    });

    public void Dispose()
    {
        _scheduler.Dispose();
        foreach (var model in _models.Values.Where(model => model.IsValueCreated))
        {
            model.Value.Dispose();
        }
    }

    private EmotionModel ModelOf(string name) => _models.GetOrAdd(name, known => new Lazy<EmotionModel>(() => EmotionModel.Load(known))).Value;

    private IAudioSource Open(RoomSpec spec, CancellationToken stop)
    {
        if (spec is { IsSent: false, Source: { } source })
        {
            return AudioSourceFactory.Open(source, cancellationToken: stop);
        }

        return _feeds.TryGetValue(spec.Name, out var audio)
            ? audio.Take()
            : throw new AudioDeviceException(AudioDeviceError.Gone, $"Nobody sends audio for {spec.Name}.");
    }
}
