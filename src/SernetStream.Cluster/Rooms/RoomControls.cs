using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;
using SernetStream.State;

namespace SernetStream.Cluster.Rooms;

/// <summary>What people have set about a room while it was heard. It moves with the room, and outlives silos.</summary>
[GenerateSerializer]
[Alias("sernet.room-wishes")]
internal sealed record RoomWishes
{
    /// <summary>Whether nobody is to listen.</summary>
    [Id(0)]
    public bool Muted { get; init; }

    /// <summary>The smoother's half-life in seconds; null: as the model's.</summary>
    [Id(1)]
    public double? HalfLifeSeconds { get; init; }

    /// <summary>How probable a label must be to become the emotion; null: as the model's.</summary>
    [Id(2)]
    public double? Enter { get; init; }
}

/// <summary>What can be changed about a room: the same as about a node of one machine. Any thread.</summary>
internal sealed class RoomControls
{
    private readonly SmootherOptions _usual;

    /// <param name="card">The room's model.</param>
    /// <param name="log">From which level on this silo logs, which can be set too.</param>
    /// <param name="wishes">What was set before.</param>
    /// <param name="onChanged">Called after each change; it must not block.</param>
    public RoomControls(ModelCard card, LogThreshold log, RoomWishes wishes, Action onChanged)
    {
        _usual = SmootherOptions.For(card);
        Pipeline = new PipelineControls(_usual) { Muted = wishes.Muted };
        var node = new NodeControls(Pipeline, log, card.OperatingPoints);
        try
        {
            node.HalfLifeSeconds = wishes.HalfLifeSeconds ?? node.HalfLifeSeconds;
            node.EnterThreshold = wishes.Enter ?? node.EnterThreshold;
        }
        catch (ArgumentException)
        {
            // It was set for another model; this one has its own.
            Pipeline.Smoother = _usual;
        }

        Node = node;
        Pipeline.Changed += onChanged;
    }

    /// <summary>The pipeline's part.</summary>
    public PipelineControls Pipeline { get; }

    /// <summary>The part of people and hubs.</summary>
    public INodeControls Node { get; }

    /// <summary>What is set now, where it is not as usual.</summary>
    public RoomWishes Wishes => new()
    {
        Muted = Pipeline.Muted,
        HalfLifeSeconds = Pipeline.Smoother.HalfLifeSeconds is var halfLife && halfLife.Equals(_usual.HalfLifeSeconds) ? null : halfLife,
        Enter = Pipeline.Smoother.Enter is var enter && enter.Equals(_usual.Enter) ? null : Math.Round(enter, 4),
    };
}
