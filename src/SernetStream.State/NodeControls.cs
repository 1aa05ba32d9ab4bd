using System.Globalization;
using Microsoft.Extensions.Logging;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;

namespace SernetStream.State;

/// <summary>What can be changed about a running node, over MQTT or elsewhere.</summary>
internal sealed class NodeControls : INodeControls
{
    private readonly PipelineControls _pipeline;
    private readonly LogThreshold _log;
    private readonly OperatingPoints? _points;
    private readonly Lock _gate = new();

    /// <param name="pipeline">The pipeline's.</param>
    /// <param name="log">The log's.</param>
    /// <param name="points">What was measured of the model; null: nothing.</param>
    public NodeControls(PipelineControls pipeline, LogThreshold log, OperatingPoints? points = null)
    {
        _pipeline = pipeline;
        _log = log;
        _points = points;
        Sensitivities = points is null ? [] : [.. Enum.GetValues<Sensitivity>().Select(Name)];
        pipeline.Changed += () => Changed?.Invoke(this, EventArgs.Empty);
    }

    public event EventHandler? Changed;

    public bool Muted
    {
        get => _pipeline.Muted;
        set => _pipeline.Muted = value;
    }

    public double HalfLifeSeconds
    {
        get => _pipeline.Smoother.HalfLifeSeconds;
        set => Smooth(smoother => smoother with { HalfLifeSeconds = value });
    }

    public double EnterThreshold
    {
        // By way of a decimal: 0.5735f is 0.5735, and not 0.57349998.
        get => (double)(decimal)_pipeline.Smoother.Enter;
        set => Smooth(smoother => value >= Lowest(smoother)
            ? smoother with { Enter = Math.Max((float)value, smoother.Leave) }
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"it must not be below smoothing.leave, which is {smoother.Leave}")));
    }

    public double LowestEnterThreshold => Lowest(_pipeline.Smoother);

    public IReadOnlyList<string> Sensitivities { get; }

    public string Sensitivity
    {
        get => _points?.Of(_pipeline.Smoother.Enter) is { } sensitivity ? Name(sensitivity) : NodeControlRange.CustomSensitivity;
        set
        {
            if (!Sensitivities.Contains(value))
            {
                throw new ArgumentException($"it must be one of {string.Join(", ", Sensitivities)}");
            }

            EnterThreshold = _points!.At(Enum.GetValues<Sensitivity>().First(known => Name(known) == value)).Threshold;
        }
    }

    public INodeFeedback? Feedback { get; init; }

    public LogLevel LogLevel
    {
        get => _log.Level;
        set
        {
            _log.Level = value;
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    private static string Name(Sensitivity sensitivity) => sensitivity.ToString().ToLowerInvariant();

    // A float such as 0.35 lies a little beside what people write: rounded before it is cut to thousandths.
    private static double Lowest(SmootherOptions smoother) =>
        Math.Max(NodeControlRange.LowestThreshold, Math.Floor(Math.Round(1000.0 * smoother.Leave, 3)) / 1000);

    // Two may change two values at the same time.
    private void Smooth(Func<SmootherOptions, SmootherOptions> change)
    {
        lock (_gate)
        {
            _pipeline.Smoother = change(_pipeline.Smoother);
        }
    }
}
