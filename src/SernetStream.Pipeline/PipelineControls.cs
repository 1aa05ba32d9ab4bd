namespace SernetStream.Pipeline;

/// <summary>
/// What may be changed while a pipeline runs: a mute switch at the hub, a slider on the dashboard. Any thread, at any
/// time, also before the pipeline exists; a change takes effect with the next samples.
/// </summary>
public sealed class PipelineControls
{
    private volatile bool _muted;
    private int _holds;
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

    /// <summary>Whether anybody holds the source; see <see cref="Hold"/>.</summary>
    public bool IsHeld => Volatile.Read(ref _holds) > 0;

    /// <summary>
    /// Takes what is read for silence until the result is disposed, because it is a loudspeaker's. Holds add up. Unlike
    /// a mute it takes nothing back: an utterance that goes on ends as it would in a quiet room, and the mood stays.
    /// </summary>
    public IDisposable Hold() => new Holding(this);

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

    private sealed class Holding : IDisposable
    {
        private PipelineControls? _controls;

        public Holding(PipelineControls controls)
        {
            _controls = controls;
            Interlocked.Increment(ref controls._holds);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _controls, null) is { } controls)
            {
                Interlocked.Decrement(ref controls._holds);
            }
        }
    }
}
