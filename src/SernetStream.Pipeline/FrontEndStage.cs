using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Dsp.Resampling;
using SernetStream.Inference.Speech;

namespace SernetStream.Pipeline;

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
/// </remarks>
internal sealed class FrontEndStage
{
    public const int SampleRate = 16000;

    private readonly FrontEndOptions _options;
    private readonly ISpeechDetector _detector;
    private readonly SpeechGate _gate;
    private readonly IWindowSchedule _schedule;
    private readonly StreamingFrontEnd _frontEnd;
    private readonly StreamingResampler _resampler;
    private readonly IFrontEndSink _sink;
    private readonly PipelineCounters _counters;
    private readonly IPipelineObserver? _observer;
    private readonly float[] _resampled = new float[4096];
    private readonly float[] _step = new float[ISpeechDetector.StepLength];
    private readonly float[] _zeros = new float[4096];
    private readonly SilentClock _silentClock;
    private readonly int _hop;
    private readonly int _longestPause;
    private int _stepFilled;
    private long _missing;
    private bool _isSilenced;
    private bool _isMuted;
    private long _nextProgress;
    private long _nextFrame;
    private long _capturedAt;
    private long _gateCost;
    private long _sinkCost;

    public FrontEndStage(
        FrontEndOptions frontEnd,
        PipelineOptions options,
        ISpeechDetector detector,
        int sourceRate,
        IFrontEndSink sink,
        PipelineCounters counters,
        IPipelineObserver? observer = null)
    {
        _options = frontEnd;
        _detector = detector;
        _gate = new SpeechGate(options.Gate);
        _frontEnd = new StreamingFrontEnd(frontEnd, _gate.LongestHangover + ISpeechDetector.StepLength);
        _resampler = new StreamingResampler(sourceRate, SampleRate);
        _sink = sink;
        _counters = counters;
        _observer = observer;
        _hop = options.HopLength;
        _schedule = options.Windows == WindowPolicy.Sliding
            ? new SlidingSchedule(_hop, frontEnd.SegmentLength, options.MinSpeechShare)
            : new UtteranceSchedule(_hop);
        _longestPause = (int)(options.Gate.MinSilenceSeconds * sourceRate);
        _silentClock = new SilentClock(sourceRate, (long)Math.Ceiling((_frontEnd.Capacity / (double)SampleRate) + 1) * sourceRate);
        _nextProgress = _hop;
    }

    /// <summary>Where the stream is: samples at 16 kHz since it began, missing ones included.</summary>
    private long Position => _frontEnd.Position + _silentClock.Skipped;

    /// <summary>Takes the next samples of the source.</summary>
    /// <param name="samples">None in a block that only tells of a gap.</param>
    /// <param name="block">When they were captured, and what is missing before them.</param>
    /// <param name="muted">Whether they are to be taken for silence.</param>
    public void Accept(ReadOnlySpan<float> samples, in AudioBlock block, bool muted = false)
    {
        var began = StageCosts.Now();
        (_gateCost, _sinkCost) = (0, 0);
        if (block.LostBefore > 0)
        {
            _counters.CountLost(block.LostBefore, isNewGap: _missing == 0);
            Miss(block.LostBefore);
        }

        _capturedAt = block.CapturedAt;
        if (muted != _isMuted)
        {
            OnMuteChanged(muted);
        }

        _counters.CountSamples(samples.Length, muted);
        if (muted)
        {
            _silentClock.Pass(samples.Length, out var fed);
            Silence(fed);
            ReportIfDue();
        }
        else if (samples.Length > 0)
        {
            (_missing, _isSilenced) = (0, false);
            _silentClock.End();
            Resample(samples);
        }

        _counters.Costs.Add(Stage.SpeechGate, _gateCost);
        _counters.Costs.Add(Stage.FrontEnd, StageCosts.Now() - began - _gateCost - _sinkCost);
    }

    /// <summary>The source has ended: what the resampler still holds comes out, and an utterance that goes on is final.</summary>
    public void Complete()
    {
        for (int count; (count = _resampler.Flush(_resampled)) > 0;)
        {
            Feed(_resampled.AsSpan(0, count));
        }

        EndUtterance();
    }

    /// <summary>
    /// Samples are missing. A gap shorter than the silence that ends an utterance is a pause in it; by a longer one it
    /// has ended, where the gap began.
    /// </summary>
    private void Miss(long lost)
    {
        _missing += lost;
        if (_missing >= _longestPause && !_isSilenced)
        {
            EndUtterance();
            _detector.Reset();
            _isSilenced = true;
        }

        _silentClock.Pass(lost, out var fed);
        Silence(fed);
        ReportIfDue();
    }

    private void OnMuteChanged(bool muted)
    {
        _isMuted = muted;
        _isSilenced = muted;
        if (muted)
        {
            // Given up: nothing is said of what was cut short by a hand on the switch.
            _gate.Finish();
            _detector.Reset();
            _resampler.Reset();
            _stepFilled = 0;
        }

        Report();
    }

    private void EndUtterance()
    {
        var transition = _gate.Finish();
        if (transition == GateTransition.Closed)
        {
            OnStep(transition);
        }
    }

    /// <summary>Feeds samples of silence, at the source's rate.</summary>
    private void Silence(long count)
    {
        while (count > 0)
        {
            var part = (int)Math.Min(count, _zeros.Length);
            Resample(_zeros.AsSpan(0, part));
            count -= part;
        }
    }

    private void Resample(ReadOnlySpan<float> samples)
    {
        while (samples.Length > 0)
        {
            var count = _resampler.Process(samples, _resampled, out var consumed);
            samples = samples[consumed..];
            Feed(_resampled.AsSpan(0, count));
        }
    }

    private void Feed(ReadOnlySpan<float> samples)
    {
        while (samples.Length > 0)
        {
            var part = Math.Min(samples.Length, _step.Length - _stepFilled);
            samples[..part].CopyTo(_step.AsSpan(_stepFilled));
            samples = samples[part..];
            _stepFilled += part;
            if (_stepFilled == _step.Length)
            {
                _stepFilled = 0;
                _frontEnd.Write(_step);
                var probability = SpeechProbability();
                var transition = _gate.Step(probability);
                Show(probability);
                OnStep(transition);
            }
        }
    }

    private float SpeechProbability()
    {
        if (_isSilenced)
        {
            return 0;
        }

        var began = StageCosts.Now();
        var probability = _detector.Probability(_step);
        _gateCost += StageCosts.Now() - began;
        return probability;
    }

    private void Show(float speechProbability)
    {
        if (_observer is null)
        {
            return;
        }

        for (; _nextFrame + _options.FrameLength <= _frontEnd.Position; _nextFrame += _options.HopLength)
        {
            _observer.Frame(_frontEnd.Energies(_nextFrame));
        }

        _observer.Step(_step, speechProbability, _gate.IsOpen);
    }

    private void OnStep(GateTransition transition)
    {
        if (transition == GateTransition.Opened)
        {
            _counters.CountUtterance();
        }

        var step = new GateStep(_frontEnd.Position, transition, _gate.IsOpen, _gate.Start, _gate.End);
        var due = _schedule.Next(step, out var start, out var end);
        if (due != DueWindow.None)
        {
            Cut(start, end, due == DueWindow.Final);
        }

        if (transition == GateTransition.None)
        {
            ReportIfDue();
        }
        else
        {
            Report();
        }
    }

    private void ReportIfDue()
    {
        if (Position >= _nextProgress)
        {
            Report();
        }
    }

    private void Report()
    {
        var taken = _sink.Progress(new SpeechProgress(Position, _gate.IsOpen, _isMuted, _capturedAt));
        _nextProgress = Position + (taken ? _hop : 0);
    }

    /// <summary>Cuts a window of at most the newest segment of a piece, on the frame grid.</summary>
    private void Cut(long start, long end, bool isFinal)
    {
        var hop = _options.HopLength;
        var earliest = (end - _options.SegmentLength + hop - 1) / hop * hop;
        start = Math.Max(start, earliest);
        var window = _sink.RentWindow();
        _frontEnd.Cut(start, end, window.Features);
        var skipped = _silentClock.Skipped;
        window.Span = new WindowSpan(start + skipped, end + skipped, isFinal, Position, _capturedAt);
        _counters.CountWindow();

        // A file at full speed is classified in here.
        var began = StageCosts.Now();
        _sink.Window(window);
        _sinkCost += StageCosts.Now() - began;
    }

    /// <summary>
    /// Divides missing samples into those that are fed as silence and those that only move the clock, in whole steps.
    /// What is less than a step is carried over, exactly.
    /// </summary>
    /// <param name="sourceRate">Samples per second of what is missing.</param>
    /// <param name="most">Missing samples in a row that are fed.</param>
    private sealed class SilentClock(int sourceRate, long most)
    {
        private long _fed;
        private Int128 _rest;

        /// <summary>Samples at 16 kHz that were never fed.</summary>
        public long Skipped { get; private set; }

        public void Pass(long count, out long fed)
        {
            fed = Math.Min(count, most - _fed);
            _fed += fed;
            _rest += (Int128)(count - fed) * SampleRate;
            var step = (Int128)ISpeechDetector.StepLength * sourceRate;
            Skipped += (long)(_rest / step) * ISpeechDetector.StepLength;
            _rest %= step;
        }

        /// <summary>Samples come again.</summary>
        public void End() => _fed = 0;
    }
}
