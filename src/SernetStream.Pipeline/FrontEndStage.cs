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
internal sealed class FrontEndStage
{
    public const int SampleRate = 16000;

    /// <summary>A gap is filled with at most this much silence: enough to close the gate, whatever was before.</summary>
    private const int LongestGapSeconds = 5;

    private readonly FrontEndOptions _options;
    private readonly ISpeechDetector _detector;
    private readonly SpeechGate _gate;
    private readonly StreamingFrontEnd _frontEnd;
    private readonly StreamingResampler _resampler;
    private readonly IFrontEndSink _sink;
    private readonly PipelineCounters _counters;
    private readonly float[] _resampled;
    private readonly float[] _step = new float[ISpeechDetector.StepLength];
    private readonly float[] _zeros = new float[4096];
    private readonly int _sourceRate;
    private readonly int _hop;
    private int _stepFilled;
    private long _nextInterim;
    private long _nextProgress;
    private long _capturedAt;

    public FrontEndStage(
        FrontEndOptions frontEnd,
        PipelineOptions options,
        ISpeechDetector detector,
        int sourceRate,
        IFrontEndSink sink,
        PipelineCounters counters)
    {
        _options = frontEnd;
        _detector = detector;
        _gate = new SpeechGate(options.Gate);
        _frontEnd = new StreamingFrontEnd(frontEnd, _gate.LongestHangover + ISpeechDetector.StepLength);
        _resampler = new StreamingResampler(sourceRate, SampleRate);
        _sourceRate = sourceRate;
        _resampled = new float[4096];
        _sink = sink;
        _counters = counters;
        _hop = Math.Max(1, (int)Math.Round(options.HopSeconds * SampleRate / _step.Length)) * _step.Length;
        _nextProgress = _hop;
    }

    /// <summary>Takes the next samples of the source.</summary>
    public void Accept(ReadOnlySpan<float> samples, in AudioBlock block)
    {
        _counters.CountSamples(samples.Length, block.LostBefore);
        _capturedAt = block.CapturedAt;
        for (var lost = Math.Min(block.LostBefore, LongestGapSeconds * (long)_sourceRate); lost > 0;)
        {
            // What was lost is silence now, so that the sample clock goes on telling the time.
            var part = (int)Math.Min(lost, _zeros.Length);
            Resample(_zeros.AsSpan(0, part));
            lost -= part;
        }

        Resample(samples);
    }

    /// <summary>The source has ended: what the resampler still holds comes out, and an utterance that goes on is final.</summary>
    public void Complete()
    {
        for (int count; (count = _resampler.Flush(_resampled)) > 0;)
        {
            Feed(_resampled.AsSpan(0, count));
        }

        if (_gate.Finish() == GateTransition.Closed)
        {
            OnClosed();
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
                Step();
            }
        }
    }

    private void Step()
    {
        _frontEnd.Write(_step);
        switch (_gate.Step(_detector.Probability(_step)))
        {
            case GateTransition.Opened:
                _counters.CountUtterance();
                _nextInterim = _gate.Start + _hop;
                Report();
                break;
            case GateTransition.Closed:
                OnClosed();
                break;
            default:
                break;
        }

        if (_gate.IsOpen && _frontEnd.Position >= _nextInterim)
        {
            _nextInterim += _hop;
            Cut(_gate.Start, _frontEnd.Position, isFinal: false);
        }

        if (_frontEnd.Position >= _nextProgress)
        {
            Report();
        }
    }

    private void OnClosed()
    {
        Cut(_gate.Start, _gate.End, isFinal: true);
        Report();
    }

    private void Report()
    {
        var taken = _sink.Progress(new SpeechProgress(_frontEnd.Position, _gate.IsOpen, _capturedAt));
        _nextProgress = _frontEnd.Position + (taken ? _hop : 0);
    }

    /// <summary>Cuts a window of at most the newest segment of an utterance, on the frame grid.</summary>
    private void Cut(long start, long end, bool isFinal)
    {
        var hop = _options.HopLength;
        var earliest = (end - _options.SegmentLength + hop - 1) / hop * hop;
        start = Math.Max(start, earliest);
        var window = _sink.RentWindow();
        _frontEnd.Cut(start, end, window.Features);
        window.Span = new WindowSpan(start, end, isFinal, _frontEnd.Position, _capturedAt);
        _counters.CountWindow();
        _sink.Window(window);
    }
}
