namespace SernetStream.Pipeline;

/// <summary>
/// Drives the stages for a source that waits (a file at full speed): one block after the other through all of them, so
/// that nothing is ever dropped and two runs say the same.
/// </summary>
internal sealed class DirectDriver(PipelineParts parts) : IFrontEndSink, IDisposable
{
    private readonly ClassifierStage _classifier = new(parts.Model, parts.Counters);
    private readonly FeatureWindow _window = new(parts.Model.Card.FrontEnd.FeatureCount);
    private readonly Queue<SmootherInput> _pending = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var frontEnd = parts.CreateFrontEnd(this);
        var reader = new BlockReader(parts);
        while (reader.TryRead(out var samples, out var block, cancellationToken))
        {
            frontEnd.Accept(samples.Span, block);
            await DeliverAsync().ConfigureAwait(false);
        }

        frontEnd.Complete();
        await DeliverAsync().ConfigureAwait(false);
        await parts.Smoother.EndAsync().ConfigureAwait(false);
    }

    FeatureWindow IFrontEndSink.RentWindow() => _window;

    void IFrontEndSink.Window(FeatureWindow window)
    {
        var classification = new Classification(parts.Model.Card.Labels.Count);
        _classifier.Classify(window, classification);
        _pending.Enqueue(new SmootherInput(classification, default));
    }

    bool IFrontEndSink.Progress(SpeechProgress progress)
    {
        _pending.Enqueue(new SmootherInput(null, progress));
        return true;
    }

    public void Dispose() => _classifier.Dispose();

    private async ValueTask DeliverAsync()
    {
        while (_pending.TryDequeue(out var input))
        {
            await parts.Smoother.AcceptAsync(input).ConfigureAwait(false);
        }
    }
}
