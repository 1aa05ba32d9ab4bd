namespace SernetStream.Pipeline.Segmentation;

/// <summary>
/// Hands the steps of a stream to the gate in batches: they wait in <see cref="DeferredVad"/> until one of them can matter, and
/// then all of them are judged in one go.
/// </summary>
/// <remarks>
/// A step can matter when the gate can open or close by it, or a window falls due. Deferral changes neither events nor
/// their timestamps; only progress, which tells that nothing happened, may come later. In one go the detector's weights
/// stay in the processor's cache.
/// </remarks>
/// <param name="vad">Where they wait.</param>
/// <param name="windows">What takes them once they are judged.</param>
/// <param name="observer">While it looks on, nothing waits.</param>
internal sealed class StepBatcher(DeferredVad vad, SpeechWindows windows, IPipelineObserver? observer)
{
    private static readonly float[] Zeros = new float[4096];

    private int _due = observer is { IsWatched: true } ? 1 : windows.StepsUntilDue();
    private long _blockCapturedAt;

    /// <summary>Samples of the source, 1 or more, with which something can fall due; fewer only wait.</summary>
    public int SamplesWanted => vad.SamplesWanted(IsWatched ? 1 + vad.Count : _due);

    /// <summary>Processor time (nanoseconds) that the detector has taken in all.</summary>
    public long DetectorCost { get; private set; }

    /// <summary>Says when the samples that are fed next were captured; see <see cref="DeferredVad.Begin"/>.</summary>
    public void Begin(long capturedAt, int count)
    {
        windows.CapturedAt = _blockCapturedAt = capturedAt;
        vad.Begin(capturedAt, count);
    }

    /// <summary>Takes samples of the source.</summary>
    public void Feed(ReadOnlySpan<float> samples)
    {
        bool isFull;
        do
        {
            isFull = vad.Fill(ref samples, _due);
            if (isFull)
            {
                Drain();
            }
        }
        while (samples.Length > 0 || isFull);
    }

    /// <summary>Takes so many zeros, and lets none of them wait.</summary>
    public void FeedSilence(long count)
    {
        if (count == 0)
        {
            return;
        }

        for (var left = count; left > 0; left -= Zeros.Length)
        {
            Feed(Zeros.AsSpan(0, (int)Math.Min(left, Zeros.Length)));
        }

        Drain();
    }

    /// <summary>Judges all whole steps that wait.</summary>
    public void Drain()
    {
        var count = vad.Count;
        if (count == 0)
        {
            return;
        }

        var began = StageCosts.Now();
        windows.Judge(vad);
        DetectorCost += StageCosts.Now() - began;
        for (var i = 0; i < count; i++)
        {
            windows.CapturedAt = vad.CapturedAt(i);
            windows.Step(vad.Samples(i), i);
        }

        windows.CapturedAt = _blockCapturedAt;
        vad.Remove(count);
        Schedule();
    }

    /// <summary>The source has ended: what the resampler still holds comes out.</summary>
    public void Flush()
    {
        while (vad.Flush(_due) > 0)
        {
            if (vad.Count == _due)
            {
                Drain();
            }
        }

        Drain();
    }

    /// <summary>The next step does not follow the last one.</summary>
    public void Restart()
    {
        windows.Restart();
        Schedule();
    }

    /// <summary>Overwrites what waits by silence.</summary>
    public void Silence()
    {
        vad.Silence();
        Schedule();
    }

    /// <summary>Judges them if somebody looks on.</summary>
    public void DrainIfWatched()
    {
        if (IsWatched)
        {
            Drain();
        }
    }

    private bool IsWatched => observer is { IsWatched: true };

    private void Schedule() => _due = IsWatched ? 1 : windows.StepsUntilDue();
}
