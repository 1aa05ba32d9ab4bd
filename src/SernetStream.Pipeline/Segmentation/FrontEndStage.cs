using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Pipeline.Echo;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>
/// Samples in, windows out: cleaning, resampling, speech gate, incremental features, and the cutting of windows. Synchronous;
/// the driver gives it a thread.
/// </summary>
/// <remarks>
/// Samples that are missing (lost, or discarded while muted) count as silence, so that the sample clock goes on telling
/// the time. At most as much silence as the history holds is really fed; beyond that only the clock moves, and a night
/// without a microphone costs nothing.
/// </remarks>
internal sealed class FrontEndStage
{
    public const int SampleRate = 16000;

    private readonly DeferredVad _vad;
    private readonly SpeechWindows _windows;
    private readonly StepBatcher _steps;
    private readonly PipelineCounters _counters;
    private readonly int _longestPause;

    public FrontEndStage(
        FrontEndOptions frontEnd, PipelineOptions options, ISpeechDetector detector, int sourceRate,
        IFrontEndSink sink, PipelineCounters counters, IPipelineObserver? observer = null, MonitorTrack? monitor = null,
        bool waitsForMonitor = true, int step = 0)
    {
        var echo = monitor is null ? null : new EchoJudge(monitor, waitsForMonitor);
        _vad = new DeferredVad(sourceRate);
        _windows = new SpeechWindows(frontEnd, options, detector, echo, sourceRate, sink, counters, observer, step);
        _steps = new StepBatcher(_vad, _windows, observer);
        _counters = counters;
        _longestPause = (int)(options.Gate.MinSilenceSeconds * sourceRate);
    }

    /// <inheritdoc cref="StepBatcher.SamplesWanted"/>
    public int SamplesWanted => _steps.SamplesWanted;

    /// <inheritdoc cref="DeferredVad.MaxSamplesWanted"/>
    public int MaxSamplesWanted => _vad.MaxSamplesWanted;

    /// <summary>Where the stream is: samples at 16 kHz since it began, in whole steps, missing ones included.</summary>
    public long Position => _windows.Position;

    private GapFiller Gap => _windows.Gap;

    /// <summary>Takes the next samples of the source.</summary>
    /// <param name="samples">None in a block that only tells of a gap. They are cleaned here, in place.</param>
    /// <param name="block">When they were captured, and what is missing before them.</param>
    /// <param name="muted">Whether they count as silence.</param>
    public void Accept(Span<float> samples, in AudioBlock block, bool muted = false)
    {
        var (began, detectorCost, sinkCost) = (StageCosts.Now(), _steps.DetectorCost, _windows.SinkCost);
        if (block.LostBefore > 0)
        {
            _counters.CountLost(block.LostBefore, isNewGap: Gap.Missing == 0);
            Miss(block.LostBefore);
        }

        _steps.DrainIfWatched();
        _steps.Begin(block.CapturedAt, 0);
        if (muted != _windows.IsMuted)
        {
            OnMuteChanged(muted);
        }

        _counters.CountSamples(samples.Length, muted);
        if (muted)
        {
            PassSilence(samples.Length);
        }
        else if (samples.Length > 0)
        {
            _counters.CountInvalid(SampleCleaner.Clean(samples));
            Hear(samples, block.CapturedAt);
        }

        detectorCost = _steps.DetectorCost - detectorCost;
        _counters.Costs.Add(Stage.SpeechGate, detectorCost);
        _counters.Costs.Add(Stage.FrontEnd, StageCosts.Now() - began - detectorCost - (_windows.SinkCost - sinkCost));
    }

    /// <summary>The source has ended: what the resampler still holds comes out, and an utterance that goes on is final.</summary>
    public void Complete()
    {
        _steps.Flush();
        _windows.EndUtterance();
    }

    /// <summary>
    /// Overwrites all that is kept of what was heard by silence. The clock stays where it is, to the sample; the
    /// current utterance is abandoned.
    /// </summary>
    public void Silence()
    {
        _windows.Silence();
        _steps.Silence();
    }

    private void Hear(ReadOnlySpan<float> samples, long capturedAt)
    {
        _steps.FeedSilence(Gap.Owed());
        Gap.End();
        _steps.Begin(capturedAt, samples.Length);
        _steps.Feed(samples);
    }

    /// <summary>
    /// Samples are missing. A gap shorter than the silence that ends an utterance is a pause in it; by a longer one it
    /// has ended, where the gap began.
    /// </summary>
    private void Miss(long lost)
    {
        _steps.Drain();
        if (Gap.Miss(lost, _longestPause))
        {
            _windows.EndUtterance();
            _steps.Restart();
        }

        PassSilence(lost);
    }

    private void OnMuteChanged(bool muted)
    {
        _steps.Drain();
        if (muted)
        {
            // An utterance that a mute has cut short gets no event.
            Silence();
        }

        _windows.IsMuted = muted;
        Gap.IsSilence = muted;
        _windows.Report();
    }

    /// <summary>
    /// Time passes without samples: feeds as much silence as makes a difference, and moves the clock.
    /// </summary>
    /// <param name="count">Samples at the source's rate.</param>
    private void PassSilence(long count)
    {
        _steps.Drain();
        _steps.FeedSilence(Gap.Pass(count));
        _windows.ReportIfDue();
    }
}
