using System.Diagnostics;
using System.Runtime.InteropServices;
using SernetStream.Audio;
using SernetStream.Cluster.Events;
using SernetStream.Cluster.Fleet;
using SernetStream.Cluster.Gateways;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Publishing;
using SernetStream.Speech;

namespace SernetStream.Cluster.Rooms;

/// <summary>
/// A room while it is heard on this silo. A source that the cluster fetches is opened again when it ends or fails, ever more
/// slowly; one that somebody sends is not: the room is over when its sender goes.
/// </summary>
internal sealed class RoomRun : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly RoomTools _tools;
    private readonly RoomSink _sink;
    private readonly ClassifierMemory _memory;
    private readonly CancellationTokenSource _stop = new();
    private readonly Action _onEnded;
    private volatile Opening? _opening;
    private volatile SentAudio? _sent;
    private RoomTotals _before;
    private volatile string? _fault;
    private Task _running = Task.CompletedTask;

    public RoomRun(RoomSpec spec, RoomTools tools, RoomControls controls, SequenceNumbers numbers, long firstSequence, IRoomOutlet outlet, Action onEnded)
    {
        (Spec, _tools, Controls, Numbers, FirstSequence, Outlet, _onEnded) = (spec, tools, controls, numbers, firstSequence, outlet, onEnded);
        _sink = new RoomSink(outlet, numbers, tools.Fence);
        _memory = tools.Model.CreateMemory();
    }

    public RoomSpec Spec { get; }

    public EmotionModel Model => _tools.Model;

    /// <summary>What can be changed about it.</summary>
    public RoomControls Controls { get; }

    public SequenceNumbers Numbers { get; }

    public IRoomOutlet Outlet { get; }

    /// <summary>The first number of its events.</summary>
    public long FirstSequence { get; }

    /// <summary>When it began.</summary>
    public long Began { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether it is over: nobody sends audio any more.</summary>
    public bool HasEnded => _running.IsCompleted;

    /// <summary>Whether it was sent something within the last second, or has only just begun.</summary>
    public bool IsSending => !HasEnded && (_sent?.IsSending ?? Stopwatch.GetElapsedTime(Began) < SentAudio.Pause);

    /// <summary>The baseline as it is now; empty for a model without one.</summary>
    public float[] Baseline => _memory.Save();

    /// <summary>What has gone through it.</summary>
    public RoomTotals Totals => _opening is { } opening ? _before + RoomTotals.Of(opening.Pipeline.Counters, opening.SampleRate) : _before;

    /// <summary>Begins with the baseline of before.</summary>
    public void Start(RoomMemory before)
    {
        try
        {
            if (before.Baseline is { } baseline && before.BaselineOf == Model.Card.Sha256)
            {
                _memory.Restore(MemoryMarshal.Cast<byte, float>(baseline));
            }
        }
        catch (ArgumentException error)
        {
            _tools.Log.LogWarning("the room {Room} learns anew, for what was kept of it cannot be used: {Reason}", Spec.Name, error.Message);
        }

        if (Spec.Learn && Model.Card.Adaptation is not { Size: > 0 })
        {
            _tools.Log.LogWarning(
                "the room {Room} cannot learn: {Model} has no baseline; give the room the model {Other}", Spec.Name, Model.Card.Name,
                ModelCatalog.WithBaseline);
        }

        _running = Task.Run(RunAsync);
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>How it is doing.</summary>
    public RoomReport Report()
    {
        var totals = Totals;
        return new RoomReport(
            Spec.Name, Spec.IsSent ? "sent" : "fetched", FirstSequence, totals.Cut, totals.Classified, totals.Skipped, totals.Late, totals.Failed,
            totals.Finals, totals.Changes, totals.Events, _opening?.Pipeline.Counters.Latency.PercentileMs(0.99) ?? 0,
            1000 * totals.LostSeconds, totals.Seconds, totals.Utterances, Baseline is [.., var heard] ? heard : 0, _fault, _sink.Withheld);
    }

    /// <summary>How it is doing, for hubs.</summary>
    public NodeHealth Health()
    {
        var totals = Totals;
        var latency = _opening is { Pipeline.Counters: { Events: > 0 } counters } ? counters.Latency : null;
        return new NodeHealth
        {
            AudioSeconds = totals.Seconds,
            LostMs = 1000 * totals.LostSeconds,
            Utterances = totals.Utterances,
            WindowsClassified = totals.Classified,
            WindowsSkipped = totals.Skipped,
            WindowsLate = totals.Late,
            WindowsFailed = totals.Failed,
            Events = totals.Events,
            LatencyP50Ms = latency?.PercentileMs(0.5) ?? double.NaN,
            LatencyP95Ms = latency?.PercentileMs(0.95) ?? double.NaN,
            LatencyP99Ms = latency?.PercentileMs(0.99) ?? double.NaN,
            LatencyMaxMs = latency?.LargestMs ?? double.NaN,
        };
    }

    private async Task RunAsync()
    {
        var pauses = new BackOff(ShortestPause, LongestPause, TimeSpan.FromSeconds(10));
        while (!_stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await HearAsync().ConfigureAwait(false);
                Say(Spec.IsSent ? null : "its source has ended");
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                Say(error.Message);
            }

            if (Spec.IsSent)
            {
                break;
            }

            await Task.Delay(pauses.NextAfter(Stopwatch.GetElapsedTime(began)), _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_stop.IsCancellationRequested)
        {
            _onEnded();
        }
    }

    private async Task HearAsync()
    {
        using var source = _tools.Open(Spec, _stop.Token);
        _sent = source as SentAudio;
        using var detector = new SpeechDetectorFactory(GateKind.Cascade).Create();
        var options = new PipelineOptions
        {
            Node = Spec.Name,
            Learns = Spec.Learn,
            Smoother = SmootherOptions.For(Model.Card),
        };
        var pipeline = new PipelineHost(source, Model, detector, options, _sink, controls: Controls.Pipeline) { Memory = _memory };
        var opening = new Opening(pipeline, source.SampleRate);
        _opening = opening;
        try
        {
            await _tools.RunAsync(pipeline, _stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _before += RoomTotals.Of(opening.Pipeline.Counters, opening.SampleRate);
            _opening = null;
            foreach (var imbalance in pipeline.Counters.Imbalances())
            {
                _tools.Log.LogWarning("the room {Room}: {Imbalance}", Spec.Name, imbalance);
            }
        }
    }

    private void Say(string? fault)
    {
        if (fault is not null && Spec.IsSent)
        {
            _tools.Log.LogInformation("the room {Room}: {Fault}; it is heard again when somebody sends", Spec.Name, fault.TrimEnd('.'));
        }
        else if (fault is not null && fault != _fault)
        {
            _tools.Log.LogWarning("the room {Room}: {Fault}; trying again", Spec.Name, fault.TrimEnd('.'));
        }

        _fault = fault;
    }

    private sealed record Opening(PipelineHost Pipeline, int SampleRate);
}

/// <summary>What a room is given by its silo.</summary>
/// <param name="Model">Its model, which other rooms share.</param>
/// <param name="Fence">Lets its events out.</param>
/// <param name="Open">Opens its source.</param>
/// <param name="RunAsync">Runs a pipeline to its end.</param>
/// <param name="Log">Where its faults go.</param>
internal sealed record RoomTools(
    EmotionModel Model,
    Joining.MembershipFence Fence,
    Func<RoomSpec, CancellationToken, IAudioSource> Open,
    Func<PipelineHost, CancellationToken, Task> RunAsync,
    ILogger Log);
