using SernetStream.Audio;
using SernetStream.Audio.Streams;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Drivers;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Ingest;
using SernetStream.Pipeline.Segmentation;

namespace SernetStream.Pipeline.Rooms;

/// <summary>
/// Drives the stages with no thread of its own: whoever steps it lends it one. A step takes what the source has, without
/// waiting, and ends with what is decided handed over.
/// </summary>
/// <remarks>
/// On the same samples it gives the events of <see cref="DirectDriver"/>. Of a live source that is behind, only the newest
/// window of a step is classified, and only within the latency budget; the others count as skipped, or late. While a sink
/// makes it wait, it takes no samples.
/// </remarks>
internal sealed class SteppedPipeline : IFrontEndSink, IDisposable
{
    /// <summary>As many as a full capture ring holds: a source that floods gets no more of a worker at a time.</summary>
    private const int MostBlocks = 4;

    private readonly PipelineParts _parts;
    private readonly IPolledSource _source;
    private readonly PumpedSource? _pump;
    private readonly MonitoredSource? _monitored;
    private readonly ClassifierStage _classifier;
    private readonly FrontEndStage _frontEnd;
    private readonly BlockReader _reader;
    private readonly Queue<SmootherInput> _decided = new(64);
    private readonly Stack<Classification> _free = new(8);
    private StepWorker? _worker;
    private FeatureWindow? _newest;
    private Classification? _answerOfNewest;
    private Classification? _handedOver;
    private Task? _delivery;
    private Action? _wake;
    private volatile bool _isStopping;
    private bool _isAtEnd;
    private bool _isEndSaid;

    public SteppedPipeline(PipelineParts parts)
    {
        if (parts.Source is IPolledSource polled)
        {
            (_parts, _source) = (parts, polled);
        }
        else
        {
            _pump = new PumpedSource(parts.Source);
            (_parts, _source) = (parts with { Source = _pump }, _pump);
        }

        if (parts.Monitor is { } track)
        {
            _monitored = new MonitoredSource(_source, track);
            (_parts, _source) = (_parts with { Source = _monitored }, _monitored);
        }

        _classifier = parts.CreateSharedClassifier();
        _frontEnd = _parts.CreateFrontEnd(this, waitsForMonitor: false);
        _reader = new BlockReader(_parts, _frontEnd);
        _parts.Smoother.WarmUp();
    }

    /// <summary>Names what is called, on any thread, when a step may have something to do before its time.</summary>
    public void Notify(Action wake)
    {
        _source.Notify(wake);
        // The reader has heard of it before: its subscription is older.
        _parts.Controls.ListeningChanged += wake;
        _wake = wake;
    }

    /// <summary>The next step is the last: an utterance that goes on stays unjudged. Any thread.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Does what there is to do.</summary>
    /// <param name="worker">Lends what a step needs; the caller's alone meanwhile.</param>
    public NextStep Step(StepWorker worker)
    {
        _worker = worker;
        try
        {
            return TryDeliver() ? Read(worker) : NextStep.When(_delivery!);
        }
        finally
        {
            Displace();
            _worker = null;
        }
    }

    FeatureWindow IFrontEndSink.RentWindow() => _worker!.Classifier(_parts.Model).WindowBeside(_newest);

    void IFrontEndSink.Window(FeatureWindow window)
    {
        Displace();
        var answer = _free.TryPop(out var free) ? free : new Classification(_parts.Model.Card.Labels.Count);
        answer.Span = window.Span;
        (_newest, _answerOfNewest) = (window, answer);
        _decided.Enqueue(new SmootherInput(answer, default));
        if (!_parts.Source.IsLive)
        {
            Judge();
        }
    }

    bool IFrontEndSink.Progress(SpeechProgress progress)
    {
        if (progress.Muted)
        {
            Displace();
            _classifier.Forget();
        }

        _decided.Enqueue(new SmootherInput(null, progress));
        return true;
    }

    public void Dispose()
    {
        _source.Notify(null);
        _parts.Controls.ListeningChanged -= _wake;
        _reader.Dispose();
        _classifier.Dispose();
        _monitored?.Dispose();
        _pump?.Dispose();
    }

    private NextStep Read(StepWorker worker)
    {
        var next = NextStep.Soon;
        for (var block = 0; block < MostBlocks && !_isAtEnd; block++)
        {
            if (_isStopping)
            {
                _isAtEnd = true;
                break;
            }

            var outcome = _reader.TryStep(_source, worker.Samples(_reader.MostSamples), out var retryAfter);
            if (outcome == BlockOutcome.NotYet)
            {
                next = NextStep.In(retryAfter);
                break;
            }

            if (outcome == BlockOutcome.End)
            {
                _frontEnd.Complete();
                _isAtEnd = true;
            }

            if (!_source.IsLive && !TryDeliver())
            {
                return NextStep.When(_delivery!);
            }
        }

        Judge();
        if (!TryDeliver())
        {
            return NextStep.When(_delivery!);
        }

        return _isEndSaid ? NextStep.Over : next;
    }

    /// <summary>Classifies the newest window, if its time has not passed.</summary>
    private void Judge()
    {
        if (_newest is not { } window)
        {
            return;
        }

        var answer = _answerOfNewest!;
        (_newest, _answerOfNewest) = (null, null);
        var isInTime = !_parts.Source.IsLive || _classifier.IsInTime(window.Span, _parts.Options.LatencyBudgetSeconds);
        answer.IsVoid = !isInTime || !_classifier.Classify(_worker!.Classifier(_parts.Model).Classifier, window, answer);
        window.Erase();
    }

    /// <summary>A newer window takes the place of one that was not classified.</summary>
    private void Displace()
    {
        if (_newest is { } window)
        {
            _parts.Counters.CountSkipped();
            _answerOfNewest!.IsVoid = true;
            window.Erase();
            (_newest, _answerOfNewest) = (null, null);
        }
    }

    /// <summary>Hands over what is decided; false if the sink makes it wait.</summary>
    private bool TryDeliver()
    {
        while (true)
        {
            if (_delivery is { } delivery)
            {
                if (!delivery.IsCompleted)
                {
                    return false;
                }

                _delivery = null;
                delivery.GetAwaiter().GetResult();
            }

            if (_handedOver is { } used)
            {
                used.IsVoid = false;
                _free.Push(used);
                _handedOver = null;
            }

            if (_decided.Count == 0 && (!_isAtEnd || _isEndSaid))
            {
                return true;
            }

            Await(Next());
        }
    }

    private ValueTask Next()
    {
        if (!_decided.TryDequeue(out var input))
        {
            _isEndSaid = true;
            return _parts.Smoother.EndAsync();
        }

        _handedOver = input.Classification;
        return input.Classification is { IsVoid: true } ? ValueTask.CompletedTask : _parts.Smoother.AcceptAsync(input);
    }

    private void Await(ValueTask task)
    {
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
        }
        else
        {
            _delivery = task.AsTask();
        }
    }
}
