using SernetStream.Pipeline;
using SernetStream.Publishing;

namespace SernetStream.Web.Health;

/// <summary>
/// Distinguishes a microphone that works from one that is dead or muted; to the rest of the pipeline, each is a quiet
/// room. It is polled; its answer is as old as the last poll.
/// </summary>
/// <param name="counters">The pipeline's.</param>
/// <param name="sampleRate">Of the source, in Hz.</param>
/// <param name="sourceMayPause">Whether a lack of samples is normal, as with standard input.</param>
/// <param name="clock">Which clock to go by.</param>
internal sealed class MicrophoneWatch(PipelineCounters counters, int sampleRate, bool sourceMayPause, TimeProvider clock)
{
    /// <summary>A microphone that delivers nothing, or zeros alone, for longer than this does not work.</summary>
    public static readonly TimeSpan Timeout = PipelineProgress.WaitTimeout;

    private long _samples = -1;
    private long _movedAt;
    private volatile int _state;

    /// <summary>How it was when it was last looked at. Any thread may ask.</summary>
    public MicrophoneState State => (MicrophoneState)_state;

    /// <summary>Looks once; always from the same thread.</summary>
    /// <returns>Whether the state is another one now.</returns>
    public bool Look()
    {
        if (counters.SamplesIn is var samples && samples != _samples)
        {
            (_samples, _movedAt) = (samples, clock.GetTimestamp());
        }

        var state = !sourceMayPause && clock.GetElapsedTime(_movedAt) > Timeout ? MicrophoneState.Dead
            : counters.ZeroRun > Timeout.TotalSeconds * sampleRate ? MicrophoneState.Muted
            : MicrophoneState.Works;
        var isNews = state != State;
        _state = (int)state;
        return isNews;
    }
}
