using System.Threading.Channels;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Ingest;
using SernetStream.Pipeline.Segmentation;

namespace SernetStream.Pipeline.Drivers;

/// <summary>
/// Drives the stages for a source that does not wait: a thread for the front end, a thread for the classifier, and a
/// task for the smoother, so that a slow classification never holds up the capture, and the newest window wins.
/// </summary>
internal sealed class LiveDriver : IFrontEndSink, IDisposable
{
    /// <summary>One window in the mailbox, one being classified, one being cut.</summary>
    private const int WindowCount = 3;

    private const int SmootherQueueLength = 4;

    private readonly PipelineParts _parts;
    private readonly ClassifierStage _classifier;
    private readonly Pool<FeatureWindow> _windowPool;
    private readonly Pool<Classification> _classificationPool;
    private readonly LatestMailbox<FeatureWindow> _windows = new();
    private readonly Channel<SmootherInput> _smootherQueue;
    private readonly CancellationTokenSource _stop = new();

    public LiveDriver(PipelineParts parts)
    {
        var card = parts.Model.Card;
        _parts = parts;
        _classifier = parts.CreateClassifier();
        _windowPool = new(WindowCount, _classifier.CreateWindow);
        // The queue's, and one on each side of it.
        _classificationPool = new(SmootherQueueLength + 2, () => new Classification(card.Labels.Count));
        _smootherQueue = Channel.CreateBounded<SmootherInput>(
            new BoundedChannelOptions(SmootherQueueLength) { SingleReader = true });
    }

    /// <summary>Runs until the source ends, fails, or the token is cancelled; what was decided by then is published.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var cancellation = cancellationToken.Register(_stop.Cancel);
        var frontEnd = DedicatedThread.Run("sernet front end", RunFrontEnd);
        var classifier = DedicatedThread.Run("sernet classifier", RunClassifier);
        var smoother = Task.Run(RunSmootherAsync, CancellationToken.None);
        // Each ends the next when it ends, whether it is done or has failed; one that fails also ends those before it.
        // The last stage is reported first: a failure that follows from a later stage says less than that stage's own.
        await Task.WhenAll(smoother, classifier, frontEnd).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    FeatureWindow IFrontEndSink.RentWindow() => _windowPool.Rent();

    void IFrontEndSink.Window(FeatureWindow window)
    {
        if (_windows.Post(window) is { } displaced)
        {
            _parts.Counters.CountSkipped();
            Return(displaced);
        }
    }

    bool IFrontEndSink.Progress(SpeechProgress progress)
    {
        if (progress.Muted)
        {
            _classifier.Forget();
        }

        return _smootherQueue.Writer.TryWrite(new SmootherInput(null, progress));
    }

    public void Dispose()
    {
        _classifier.Dispose();
        _stop.Dispose();
    }

    private void RunFrontEnd()
    {
        try
        {
            var frontEnd = _parts.CreateFrontEnd(this);
            using var reader = new BlockReader(_parts, frontEnd);
            while (reader.TryStep(_stop.Token))
            {
            }

            frontEnd.Complete();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked to stop: an utterance that goes on stays unjudged, what was cut is still classified.
        }
        finally
        {
            _windows.Complete();
        }
    }

    private void RunClassifier()
    {
        try
        {
            _classifier.WarmUp();
            while (_windows.TryTake(out var window))
            {
                if (_classifier.IsInTime(window.Span, _parts.Options.LatencyBudgetSeconds))
                {
                    var classification = _classificationPool.Rent();
                    if (_classifier.Classify(window, classification))
                    {
                        Send(new SmootherInput(classification, default));
                    }
                    else
                    {
                        _classificationPool.Return(classification);
                    }
                }

                Return(window);
            }
        }
        finally
        {
            _smootherQueue.Writer.TryComplete();
            _stop.Cancel();
        }
    }

    private void Return(FeatureWindow window)
    {
        window.Erase();
        _windowPool.Return(window);
    }

    private void Send(SmootherInput input)
    {
        if (!_smootherQueue.Writer.TryWrite(input))
        {
            // The smoother is behind, which only a sink that blocks can cause: wait, and let newer windows win meanwhile.
            _smootherQueue.Writer.WriteAsync(input).AsTask().GetAwaiter().GetResult();
        }
    }

    private async Task RunSmootherAsync()
    {
        try
        {
            _parts.Smoother.WarmUp();
            while (await _smootherQueue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_smootherQueue.Reader.TryRead(out var input))
                {
                    await _parts.Smoother.AcceptAsync(input).ConfigureAwait(false);
                    if (input.Classification is { } classification)
                    {
                        _classificationPool.Return(classification);
                    }
                }
            }

            await _parts.Smoother.EndAsync().ConfigureAwait(false);
        }
        finally
        {
            _smootherQueue.Writer.TryComplete();
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }
}
