using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>Takes what the front end makes of a stream.</summary>
internal interface IFrontEndSink
{
    /// <summary>An empty window to fill; it is given back by <see cref="Window"/>.</summary>
    FeatureWindow RentWindow();

    /// <summary>A window is ready.</summary>
    void Window(FeatureWindow window);

    /// <summary>The gate moved, or a hop has passed.</summary>
    /// <returns>Whether it was taken; if not, it is told again a step later, as it is then.</returns>
    bool Progress(SpeechProgress progress);
}

/// <summary>
/// Samples in, windows out: resampling, speech gate, incremental features, and the cutting of windows. Synchronous;
/// the driver gives it a thread.
/// </summary>
/// <remarks>
/// Samples that are missing (lost, or discarded while muted) count as silence, so that the sample clock goes on telling
/// the time. At most as much silence as the history holds is really fed; beyond that only the clock moves, and a night
/// without a microphone costs nothing.
/// <para>
/// Steps that cannot matter yet are put off: as long as the gate can neither open nor close, and no window falls due,
/// their samples only wait. Then all of them are judged in one go, while the detector's weights are in the processor's
/// cache, by the step that makes something of them. So what is said is the same, at the same moment, as if each step had
/// been judged when it came; only progress, which tells that nothing happened, may be told later. While somebody looks
/// on, nothing is put off.
/// </para>
/// </remarks>
internal sealed class FrontEndStage
{
    public const int SampleRate = 16000;

    private readonly DeferredVad _steps;
    private readonly SpeechWindows _windows;
    private readonly PipelineCounters _counters;
    private readonly IPipelineObserver? _observer;
    private readonly float[] _zeros = new float[4096];
    private readonly int _longestPause;
    private int _due;
    private long _missing;
    private bool _isSilenced;
    private long _blockCapturedAt;
    private long _gateCost;

    public FrontEndStage(
        FrontEndOptions frontEnd,
        PipelineOptions options,
        ISpeechDetector detector,
        int sourceRate,
        IFrontEndSink sink,
        PipelineCounters counters,
        IPipelineObserver? observer = null)
    {
        _steps = new DeferredVad(detector, sourceRate);
        _windows = new SpeechWindows(frontEnd, options, sourceRate, sink, counters, observer);
        (_counters, _observer) = (counters, observer);
        _longestPause = (int)(options.Gate.MinSilenceSeconds * sourceRate);
        _due = StepsUntilDue();
    }

    /// <summary>Samples of the source, 1 or more, with which something can fall due; fewer only wait.</summary>
    public int SamplesWanted => _steps.SamplesWanted(IsWatched ? 1 + _steps.Count : _due);

    /// <summary>The most that <see cref="SamplesWanted"/> ever is.</summary>
    public int MaxSamplesWanted => _steps.MaxSamplesWanted;

    /// <summary>Where the stream is: samples at 16 kHz since it began, in whole steps, missing ones included.</summary>
    public long Position => _windows.Position;

    private bool IsWatched => _observer is { IsWatched: true };

    /// <summary>Takes the next samples of the source.</summary>
    /// <param name="samples">None in a block that only tells of a gap.</param>
    /// <param name="block">When they were captured, and what is missing before them.</param>
    /// <param name="muted">Whether they are to be taken for silence.</param>
    public void Accept(ReadOnlySpan<float> samples, in AudioBlock block, bool muted = false)
    {
        var (began, sinkCost) = (StageCosts.Now(), _windows.SinkCost);
        _gateCost = 0;
        if (block.LostBefore > 0)
        {
            _counters.CountLost(block.LostBefore, isNewGap: _missing == 0);
            Miss(block.LostBefore);
        }

        if (IsWatched)
        {
            Drain();
        }

        _windows.CapturedAt = _blockCapturedAt = block.CapturedAt;
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
            Hear(samples, block.CapturedAt);
        }

        _counters.Costs.Add(Stage.SpeechGate, _gateCost);
        _counters.Costs.Add(Stage.FrontEnd, StageCosts.Now() - began - _gateCost - (_windows.SinkCost - sinkCost));
    }

    /// <summary>The source has ended: what the resampler still holds comes out, and an utterance that goes on is final.</summary>
    public void Complete()
    {
        while (_steps.Flush(_due) > 0)
        {
            if (_steps.Count == _due)
            {
                Drain();
            }
        }

        Drain();
        _windows.EndUtterance();
    }

    /// <summary>
    /// Overwrites all that is kept of what was heard by silence. The clock stays where it is, to the sample; an utterance
    /// that goes on is given up.
    /// </summary>
    public void Silence()
    {
        _steps.Silence();
        _windows.Silence();
        _due = StepsUntilDue();
    }

    private void Hear(ReadOnlySpan<float> samples, long capturedAt)
    {
        FeedSilence(_windows.Clock.End());
        (_missing, _isSilenced) = (0, false);
        _steps.Begin(capturedAt, samples.Length);
        Feed(samples);
    }

    /// <summary>
    /// Samples are missing. A gap shorter than the silence that ends an utterance is a pause in it; by a longer one it
    /// has ended, where the gap began.
    /// </summary>
    private void Miss(long lost)
    {
        Drain();
        _missing += lost;
        if (_missing >= _longestPause && !_isSilenced)
        {
            _windows.EndUtterance();
            _steps.Restart();
            _isSilenced = true;
            _due = StepsUntilDue();
        }

        PassSilence(lost);
    }

    private void OnMuteChanged(bool muted)
    {
        Drain();
        if (muted)
        {
            // Nothing is said of what was cut short by a hand on the switch.
            Silence();
        }

        _windows.IsMuted = muted;
        _isSilenced = muted;
        _windows.Report();
    }

    /// <summary>Time passes without samples: as much silence as is worth it is fed, at once, and the clock moves on.</summary>
    /// <param name="count">Samples at the source's rate.</param>
    private void PassSilence(long count)
    {
        Drain();
        FeedSilence(_windows.Clock.Pass(count));
        _windows.ReportIfDue();
    }

    private void FeedSilence(long count)
    {
        if (count == 0)
        {
            return;
        }

        for (var left = count; left > 0; left -= _zeros.Length)
        {
            Feed(_zeros.AsSpan(0, (int)Math.Min(left, _zeros.Length)));
        }

        Drain();
    }

    private void Feed(ReadOnlySpan<float> samples)
    {
        bool isFull;
        do
        {
            isFull = _steps.Fill(ref samples, _due);
            if (isFull)
            {
                Drain();
            }
        }
        while (samples.Length > 0 || isFull);
    }

    /// <summary>Judges all whole steps that wait.</summary>
    private void Drain()
    {
        var count = _steps.Count;
        if (count == 0)
        {
            return;
        }

        var began = StageCosts.Now();
        _steps.Judge(_isSilenced);
        _gateCost += StageCosts.Now() - began;
        for (var i = 0; i < count; i++)
        {
            _windows.CapturedAt = _steps.CapturedAt(i);
            _windows.Step(_steps.Samples(i), _steps.Probability(i));
        }

        _windows.CapturedAt = _blockCapturedAt;
        _steps.Remove(count);
        _due = StepsUntilDue();
    }

    private int StepsUntilDue() => IsWatched ? 1 : _windows.StepsUntilDue();
}
