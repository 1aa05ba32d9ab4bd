using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Ingest;
using SernetStream.Pipeline.Segmentation;

namespace SernetStream.Pipeline.Drivers;

/// <summary>
/// Drives the stages for a source that waits (a file at full speed): one block after the other through all of them, so
/// that nothing is ever dropped and two runs say the same. All of it happens on the thread that calls <see cref="Run"/>,
/// which also waits for the sink: there is nothing else for it to do.
/// </summary>
internal sealed class DirectDriver : IFrontEndSink, IDisposable
{
    private readonly PipelineParts _parts;
    private readonly ClassifierStage _classifier;
    private readonly FeatureWindow _window;
    private readonly Queue<SmootherInput> _pending = new();
    private readonly Stack<Classification> _free = new();

    public DirectDriver(PipelineParts parts)
    {
        _parts = parts;
        _classifier = parts.CreateClassifier();
        _window = _classifier.CreateWindow();
    }

    public void Run(CancellationToken cancellationToken)
    {
        var frontEnd = _parts.CreateFrontEnd(this);
        using var reader = new BlockReader(_parts, frontEnd);
        while (reader.TryStep(cancellationToken))
        {
            Deliver();
        }

        frontEnd.Complete();
        Deliver();
        WaitFor(_parts.Smoother.EndAsync());
    }

    FeatureWindow IFrontEndSink.RentWindow() => _window;

    void IFrontEndSink.Window(FeatureWindow window)
    {
        // As many as a block has windows.
        var classification = _free.TryPop(out var free) ? free : new Classification(_parts.Model.Card.Labels.Count);
        if (_classifier.Classify(window, classification))
        {
            _pending.Enqueue(new SmootherInput(classification, default));
        }
        else
        {
            _free.Push(classification);
        }

        window.Erase();
    }

    bool IFrontEndSink.Progress(SpeechProgress progress)
    {
        if (progress.Muted)
        {
            _classifier.Forget();
        }

        _pending.Enqueue(new SmootherInput(null, progress));
        return true;
    }

    public void Dispose() => _classifier.Dispose();

    private void Deliver()
    {
        while (_pending.TryDequeue(out var input))
        {
            WaitFor(_parts.Smoother.AcceptAsync(input));
            if (input.Classification is { } classification)
            {
                _free.Push(classification);
            }
        }
    }

    private static void WaitFor(ValueTask task)
    {
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
        }
        else
        {
            task.AsTask().GetAwaiter().GetResult();
        }
    }
}
