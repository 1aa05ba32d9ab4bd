namespace SernetStream.Pipeline;

/// <summary>
/// What may be changed while a pipeline runs: a mute switch at the hub, a slider on the dashboard. Any thread, at any
/// time, also before the pipeline exists; a change takes effect with the next samples.
/// </summary>
public sealed class PipelineControls
{
    private volatile bool _muted;
    private volatile SmootherOptions _smoother;

    /// <summary>Not muted, smoothing by these options.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public PipelineControls(SmootherOptions? smoother = null)
    {
        _smoother = smoother ?? new SmootherOptions();
        _smoother.Validate();
    }

    /// <summary>Called after each change, on the thread that made it. It must not block.</summary>
    public event Action? Changed;

    /// <summary>
    /// Whether samples are discarded as they are read. The utterance that goes on is given up, unjudged; the emotion
    /// becomes <see cref="EmotionLabel.None"/> at once, and nobody is speaking.
    /// </summary>
    public bool Muted
    {
        get => _muted;
        set
        {
            _muted = value;
            Changed?.Invoke();
        }
    }

    /// <summary>How single classifications become a mood, from the next one on.</summary>
    /// <exception cref="ArgumentException">The options make no sense; those before stay.</exception>
    public SmootherOptions Smoother
    {
        get => _smoother;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            _smoother = value;
            Changed?.Invoke();
        }
    }
}
