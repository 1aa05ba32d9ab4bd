using SernetStream.Dsp;
using SernetStream.Models.Streaming;
using SernetStream.Pipeline.Echo;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>
/// Steps in, windows and progress out: the detector's judgement, the speech gate, the features of what was heard, and the
/// schedule by which windows are cut from them.
/// </summary>
internal sealed class SpeechWindows
{
    private readonly FrontEndOptions _options;
    private readonly SpeechGate _gate;
    private readonly IWindowSchedule _schedule;
    private readonly StreamingFrontEnd _frontEnd;
    private readonly SpeechJudge _judge;
    private readonly GapFiller _gap;
    private readonly IFrontEndSink _sink;
    private readonly PipelineCounters _counters;
    private readonly ObserverFeed? _observer;
    private readonly int _hop;
    private readonly int _step;
    private readonly bool _isSliding;
    private long _nextProgress;

    /// <param name="frontEnd">The model's.</param>
    /// <param name="options">The pipeline's.</param>
    /// <param name="detector">The stream's.</param>
    /// <param name="echo">Says what is the room's own sound; null: nothing does.</param>
    /// <param name="sourceRate">Samples per second of the source.</param>
    /// <param name="sink">Takes windows and progress.</param>
    /// <param name="counters">The pipeline's.</param>
    /// <param name="observer">Watches; null: nobody does.</param>
    /// <param name="step">Frames of a step of a network that streams; 0: the network is given whole windows.</param>
    public SpeechWindows(
        FrontEndOptions frontEnd,
        PipelineOptions options,
        ISpeechDetector detector,
        EchoJudge? echo,
        int sourceRate,
        IFrontEndSink sink,
        PipelineCounters counters,
        IPipelineObserver? observer,
        int step = 0)
    {
        _gate = new SpeechGate(options.Gate);
        var history = detector.First is null ? 0 : SpeechJudge.History - frontEnd.SegmentLength;
        _frontEnd = new StreamingFrontEnd(frontEnd, Math.Max(_gate.LongestHangover, history));
        _judge = new SpeechJudge(detector, _frontEnd, echo);
        _gap = new GapFiller(
            sourceRate, (long)Math.Ceiling((_frontEnd.Capacity / (double)FrontEndStage.SampleRate) + 1) * sourceRate);
        _hop = options.HopLength;
        _isSliding = options.Windows == WindowPolicy.Sliding;
        _step = step;
        _schedule = _isSliding
            ? new SlidingSchedule(_hop, frontEnd.SegmentLength, options.MinSpeechShare)
            : new UtteranceSchedule(_hop);
        (_options, _sink, _counters) = (frontEnd, sink, counters);
        _observer = observer is null ? null : new ObserverFeed(observer, _frontEnd, frontEnd);
        _nextProgress = _hop;
    }

    /// <summary>What moves the clock where samples are missing.</summary>
    public GapFiller Gap => _gap;

    /// <summary>Where the stream is: samples at 16 kHz since it began, missing ones included.</summary>
    public long Position => _frontEnd.Position + _gap.Elapsed;

    /// <summary>When the newest of what was told was captured (monotonic ticks).</summary>
    public long CapturedAt { get; set; }

    /// <summary>Whether samples are discarded.</summary>
    public bool IsMuted { get; set; }

    /// <summary>Processor time (nanoseconds) that the sink has taken in all.</summary>
    public long SinkCost { get; private set; }

    /// <summary>How many steps can be judged in one go, none of them later than it matters.</summary>
    public int StepsUntilDue()
    {
        // At most two reports, which the smoother's queue takes at once.
        var samples = Math.Min(
            _schedule.SamplesUntilDue(_frontEnd.Position, _gate.IsOpen), Math.Max(1, _nextProgress - Position + _hop));
        var steps = (samples + ISpeechDetector.StepLength - 1) / ISpeechDetector.StepLength;
        return (int)Math.Min(Math.Min(steps, _gate.StepsUntilChange), DeferredVad.MaxSteps);
    }

    /// <summary>Judges the next steps, which the gate cannot open or close before the last of.</summary>
    public void Judge(DeferredVad waiting) => _judge.Judge(waiting, _gap.IsSilence, _gate.IsOpen);

    /// <summary>Takes the next step.</summary>
    /// <param name="step">The samples.</param>
    /// <param name="number">Which of those that were judged together it is.</param>
    public void Step(ReadOnlySpan<float> step, int number)
    {
        var speechProbability = _judge.Probability(number);
        _frontEnd.WriteClean(step);
        _gate.Revise(_judge.Earlier(number));
        var transition = _gate.Step(speechProbability);
        _observer?.Show(step, speechProbability, _gate.IsOpen);
        OnStep(transition);
    }

    /// <summary>The next step does not follow the last one.</summary>
    public void Restart() => _judge.Restart();

    /// <summary>An utterance that goes on is over, and is judged.</summary>
    public void EndUtterance()
    {
        if (_gate.Finish() == GateTransition.Closed)
        {
            OnStep(GateTransition.Closed);
        }
    }

    /// <summary>
    /// The current utterance is abandoned without a final, and the kept part of the stream is overwritten by silence.
    /// </summary>
    public void Silence()
    {
        _gate.Finish();
        _frontEnd.Silence();
        _judge.Silence();
        _observer?.Silence();
    }

    /// <summary>Tells where the gate is.</summary>
    public void Report()
    {
        var taken = _sink.Progress(new SpeechProgress(Position, _gate.IsOpen, IsMuted, CapturedAt));
        _nextProgress = Position + (taken ? _hop : 0);
    }

    /// <summary>Tells it, if a hop has passed.</summary>
    public void ReportIfDue()
    {
        if (Position >= _nextProgress)
        {
            Report();
        }
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

        if (transition != GateTransition.None || Position >= _nextProgress)
        {
            Report();
        }
    }

    /// <summary>Cuts a window of a piece of the stream.</summary>
    private void Cut(long start, long end, bool isFinal)
    {
        var window = _sink.RentWindow();
        start = _step > 0 ? CutFrames(window, start, end, isFinal) : CutSegment(window, start, end);
        var utterance = _isSliding ? WindowSpan.NoUtterance : _gate.Start + _gap.Skipped;
        window.Span = new WindowSpan(start + _gap.Skipped, end + _gap.Skipped, isFinal, Position, CapturedAt, utterance);
        _counters.CountWindow();

        // A file at full speed is classified in here.
        var began = StageCosts.Now();
        _sink.Window(window);
        SinkCost += StageCosts.Now() - began;
    }

    /// <summary>At most the newest segment of the piece, on the frame grid: begun up to a frame earlier. Gives its start.</summary>
    private long CutSegment(FeatureWindow window, long start, long end)
    {
        var hop = _options.HopLength;
        var earliest = (end - _options.SegmentLength + hop - 1) / hop * hop;
        start = Math.Max(start / hop * hop, earliest);
        _frontEnd.Cut(start, end, window.Features);
        return start;
    }

    /// <summary>
    /// The frames of the piece's newest segment, and a step more: a network that streams hears those that are new to it, and its answer
    /// is to the piece from its start on.
    /// </summary>
    private long CutFrames(FeatureWindow window, long start, long end, bool isFinal)
    {
        // An utterance is a piece; without utterances, it is all between two gaps whose silence was not fed.
        var piece = _isSliding ? _gap.Skipped : start + _gap.Skipped;
        var first = _frontEnd.FramesWithin(start, end, out var count);
        _frontEnd.CopyFrames(first, window.Features[..((count + _step) * _options.FrameFeatures)]);
        window.Frames = new StreamFrames(piece, first, count, isFinal, Forgets: _isSliding);
        return start;
    }
}
