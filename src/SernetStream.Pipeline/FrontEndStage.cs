using System.Diagnostics;
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

    /// <summary>
    /// Most steps that wait: half a second, so that whoever begins to look on, and who waits for progress, waits no
    /// longer.
    /// </summary>
    public const int MostSteps = 16;

    private readonly FrontEndOptions _options;
    private readonly ISpeechDetector _detector;
    private readonly SpeechGate _gate;
    private readonly IWindowSchedule _schedule;
    private readonly StreamingFrontEnd _frontEnd;
    private readonly StreamingResampler _resampler;
    private readonly IFrontEndSink _sink;
    private readonly PipelineCounters _counters;
    private readonly IPipelineObserver? _observer;
    private readonly float[] _pending = new float[MostSteps * ISpeechDetector.StepLength];
    private readonly float[] _probabilities = new float[MostSteps];
    private readonly long[] _stepCapturedAt = new long[MostSteps];
    private readonly float[] _zeros = new float[4096];
    private readonly SilentClock _silentClock;
    private readonly int _hop;
    private readonly int _longestPause;
    private int _pendingCount;
    private int _due = 1;
    private long _missing;
    private bool _isSilenced;
    private bool _isMuted;
    private long _nextProgress;
    private long _nextFrame;
    private long _capturedAt;
    private long _blockCapturedAt;
    private long _blockEnd;
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
        _due = StepsUntilDue();
    }

    /// <summary>Samples of the source, 1 or more, with which something can fall due; fewer only wait.</summary>
    public int SamplesWanted
    {
        get
        {
            var lacking = ((IsWatched ? 1 + (_pendingCount / ISpeechDetector.StepLength) : _due) * ISpeechDetector.StepLength) - _pendingCount;
            return (int)(_resampler.InputFor(_resampler.OutputCount + lacking) - _resampler.InputCount);
        }
    }

    /// <summary>The most that <see cref="SamplesWanted"/> ever is.</summary>
    public int MostSamplesWanted => (int)_resampler.InputFor(MostSteps * ISpeechDetector.StepLength);

    private bool IsWatched => _observer is { IsWatched: true };

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

        if (IsWatched)
        {
            Drain();
        }

        (_capturedAt, _blockCapturedAt, _blockEnd) = (block.CapturedAt, block.CapturedAt, 0);
        if (muted != _isMuted)
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
            (_missing, _isSilenced) = (0, false);
            _silentClock.End();
            _blockEnd = _resampler.InputCount + samples.Length;
            Resample(samples);
        }

        _counters.Costs.Add(Stage.SpeechGate, _gateCost);
        _counters.Costs.Add(Stage.FrontEnd, StageCosts.Now() - began - _gateCost - _sinkCost);
    }

    /// <summary>The source has ended: what the resampler still holds comes out, and an utterance that goes on is final.</summary>
    public void Complete()
    {
        for (int count; (count = _resampler.Flush(Room())) > 0;)
        {
            Take(count);
        }

        Drain();
        EndUtterance();
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
            EndUtterance();
            _detector.Reset();
            _isSilenced = true;
        }

        PassSilence(lost);
    }

    private void OnMuteChanged(bool muted)
    {
        Drain();
        _isMuted = muted;
        _isSilenced = muted;
        if (muted)
        {
            // Given up: nothing is said of what was cut short by a hand on the switch.
            _gate.Finish();
            _detector.Reset();
            _resampler.Reset();
            _pendingCount = 0;
            _due = StepsUntilDue();
        }

        Report();
    }

    private void EndUtterance()
    {
        var transition = _gate.Finish();
        if (transition == GateTransition.Closed)
        {
            OnStep(transition);
            _due = StepsUntilDue();
        }
    }

    /// <summary>Time passes without samples: as much silence as is worth it is fed, at once, and the clock moves on.</summary>
    /// <param name="count">Samples at the source's rate.</param>
    private void PassSilence(long count)
    {
        Drain();
        _silentClock.Pass(count, out var fed);
        while (fed > 0)
        {
            var part = (int)Math.Min(fed, _zeros.Length);
            Resample(_zeros.AsSpan(0, part));
            fed -= part;
        }

        Drain();
        ReportIfDue();
    }

    private void Resample(ReadOnlySpan<float> samples)
    {
        bool isFull;
        do
        {
            var room = Room();
            var count = _resampler.Process(samples, room, out var consumed);
            samples = samples[consumed..];
            isFull = count == room.Length;
            Take(count);
        }
        while (samples.Length > 0 || isFull);
    }

    /// <summary>Where samples go until something falls due; never empty.</summary>
    private Span<float> Room() => _pending.AsSpan(_pendingCount..(_due * ISpeechDetector.StepLength));

    /// <summary>Takes samples that were put there.</summary>
    private void Take(int count)
    {
        var before = _pendingCount / ISpeechDetector.StepLength;
        _pendingCount += count;
        var after = _pendingCount / ISpeechDetector.StepLength;
        for (var step = before; step < after; step++)
        {
            // What of the block came later than the newest sample that the step depends on.
            var output = _resampler.OutputCount - (_pendingCount - ((step + 1L) * ISpeechDetector.StepLength));
            var later = Math.Max(0, _blockEnd - _resampler.InputFor(output));
            _stepCapturedAt[step] = _blockCapturedAt - (later * Stopwatch.Frequency / _resampler.InputRate);
        }

        if (after == _due)
        {
            Drain();
        }
    }

    /// <summary>Judges all whole steps that wait.</summary>
    private void Drain()
    {
        var steps = _pendingCount / ISpeechDetector.StepLength;
        if (steps == 0)
        {
            return;
        }

        var began = StageCosts.Now();
        for (var i = 0; i < steps; i++)
        {
            _probabilities[i] = _isSilenced ? 0 : _detector.Probability(Step(i));
        }

        _gateCost += StageCosts.Now() - began;
        for (var i = 0; i < steps; i++)
        {
            _capturedAt = _stepCapturedAt[i];
            _frontEnd.Write(Step(i));
            var transition = _gate.Step(_probabilities[i]);
            Show(Step(i), _probabilities[i]);
            OnStep(transition);
        }

        _capturedAt = _blockCapturedAt;
        _pendingCount -= steps * ISpeechDetector.StepLength;
        _pending.AsSpan(steps * ISpeechDetector.StepLength, _pendingCount).CopyTo(_pending);
        _due = StepsUntilDue();
    }

    private ReadOnlySpan<float> Step(int index) => _pending.AsSpan(index * ISpeechDetector.StepLength, ISpeechDetector.StepLength);

    /// <summary>How many steps can be judged in one go, none of them later than it matters.</summary>
    private int StepsUntilDue()
    {
        if (IsWatched)
        {
            return 1;
        }

        // At most two reports, which the smoother's queue takes at once.
        var position = _frontEnd.Position;
        var samples = Math.Min(
            _schedule.SamplesUntilDue(position, _gate.IsOpen), Math.Max(1, _nextProgress - Position + _hop));
        var steps = (samples + ISpeechDetector.StepLength - 1) / ISpeechDetector.StepLength;
        return (int)Math.Min(Math.Min(steps, _gate.StepsUntilChange), MostSteps);
    }

    private void Show(ReadOnlySpan<float> step, float speechProbability)
    {
        if (_observer is null)
        {
            return;
        }

        for (; _nextFrame + _options.FrameLength <= _frontEnd.Position; _nextFrame += _options.HopLength)
        {
            _observer.Frame(_frontEnd.Energies(_nextFrame));
        }

        _observer.Step(step, speechProbability, _gate.IsOpen);
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

    /// <summary>Cuts a window of at most the newest segment of a piece, on the frame grid: begun up to a frame earlier.</summary>
    private void Cut(long start, long end, bool isFinal)
    {
        var hop = _options.HopLength;
        var earliest = (end - _options.SegmentLength + hop - 1) / hop * hop;
        start = Math.Max(start / hop * hop, earliest);
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
}
