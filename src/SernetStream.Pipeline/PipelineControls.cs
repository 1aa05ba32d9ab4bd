using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Pipeline;

/// <summary>
/// Controls of a running pipeline, such as a mute switch at the hub or a slider on the dashboard. Any thread, at any
/// time, also before the pipeline exists; a change takes effect with the next samples.
/// </summary>
public sealed class PipelineControls
{
    // Even: not muted. Each turn of the switch counts one.
    private long _muteState;
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
    /// Called after <see cref="Muted"/> has changed and when somebody begins or ends to hold the source, on that thread: the
    /// one that reads is to look. It must neither block nor throw.
    /// </summary>
    internal event Action? ListeningChanged;

    /// <summary>
    /// Whether samples are discarded as they are read. The current utterance is abandoned without a final; the emotion
    /// becomes <see cref="EmotionLabel.None"/> at once, and nobody is speaking. <see cref="Ingest.BlockReader"/> discards,
    /// <see cref="Segmentation.FrontEndStage"/> abandons and overwrites what it holds, <see cref="SmootherStage"/> drops results.
    /// </summary>
    public bool Muted
    {
        get => IsMuted(MuteState);
        set
        {
            // Two simultaneous changes may count as one.
            var state = MuteState;
            if (IsMuted(state) != value && Interlocked.CompareExchange(ref _muteState, state + 1, state) == state)
            {
                ListeningChanged?.Invoke();
            }

            Changed?.Invoke();
        }
    }

    /// <summary>How often the switch was turned, for <see cref="WasMuted"/>.</summary>
    internal long MuteState => Interlocked.Read(ref _muteState);

    /// <summary>Whether anybody holds the source; see <see cref="Hold"/>.</summary>
    public bool IsHeld => Volatile.Read(ref _holds) > 0;

    /// <summary>
    /// Replaces the samples by silence until the result is disposed, because a loudspeaker is playing. Holds add up.
    /// Unlike a mute, it discards nothing from before: an utterance that goes on ends as it would in a quiet room, and
    /// the smoothed emotion stays.
    /// </summary>
    public IDisposable Hold()
    {
        var hold = new Holding(this);
        ListeningChanged?.Invoke();
        return hold;
    }

    /// <summary>How single classifications become the smoothed emotion, from the next one on.</summary>
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

    /// <summary>Whether it was muted at any moment between two states.</summary>
    internal static bool WasMuted(long before, long after) => IsMuted(before) || after > before;

    private static bool IsMuted(long state) => (state & 1) == 1;

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
                controls.ListeningChanged?.Invoke();
            }
        }
    }
}
