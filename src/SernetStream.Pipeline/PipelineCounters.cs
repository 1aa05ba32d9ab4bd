using SernetStream.Pipeline.Ingest;

namespace SernetStream.Pipeline;

/// <summary>
/// What went through a pipeline, and what did not. Each number has one writer; any thread may read. Once a pipeline has
/// ended, <see cref="Imbalances"/> is empty: whatever came in has left under exactly one name.
/// </summary>
public sealed class PipelineCounters
{
    private long _samplesIn;
    private long _samplesMuted;
    private long _samplesInvalid;
    private long _samplesLost;
    private long _gaps;
    private long _zeroRun;
    private long _utterances;
    private long _windowsCut;
    private long _windowsSkipped;
    private long _windowsLate;
    private long _windowsFailed;
    private long _windowsClassified;
    private long _resultsLate;
    private long _resultsMuted;
    private long _interims;
    private long _finals;
    private long _changes;

    /// <summary>Samples received from the source, at its rate; those that were muted among them.</summary>
    public long SamplesIn => Volatile.Read(ref _samplesIn);

    /// <summary>Of <see cref="SamplesIn"/>, those discarded since the pipeline was muted.</summary>
    public long SamplesMuted => Volatile.Read(ref _samplesMuted);

    /// <summary>
    /// Of <see cref="SamplesIn"/>, those that were invalid (not a number, infinite, or absurdly large) and became
    /// zeros: the driver or the feeder of the stream is at fault.
    /// </summary>
    public long SamplesInvalid => Volatile.Read(ref _samplesInvalid);

    /// <summary>
    /// Samples that should have come but were not kept, at the source's rate: overrun, or the device was away.
    /// </summary>
    public long SamplesLost => Volatile.Read(ref _samplesLost);

    /// <summary>
    /// Samples, up to the newest, that were exactly zero one after the other, at the source's rate: a room is never so quiet, but a
    /// microphone that is switched off is. Samples that were discarded because the pipeline was muted neither add to it nor end it.
    /// </summary>
    public long ZeroRun => Volatile.Read(ref _zeroRun);

    /// <summary>Times that samples were lost, however many at once.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    /// <summary>Utterances that began.</summary>
    public long Utterances => Volatile.Read(ref _utterances);

    /// <summary>Windows cut: each is then classified, skipped, late, failed, or (while the pipeline runs) on its way.</summary>
    public long WindowsCut => Volatile.Read(ref _windowsCut);

    /// <summary>Windows that a newer one replaced before their turn came.</summary>
    public long WindowsSkipped => Volatile.Read(ref _windowsSkipped);

    /// <summary>Windows older than the latency budget when their turn came.</summary>
    public long WindowsLate => Volatile.Read(ref _windowsLate);

    /// <summary>Windows of which the model, or the features given to it, were not numbers: they have no answer.</summary>
    public long WindowsFailed => Volatile.Read(ref _windowsFailed);

    /// <summary>Windows classified: each then is an interim, a final, or a result that was late or muted.</summary>
    public long WindowsClassified => Volatile.Read(ref _windowsClassified);

    /// <summary>Results dropped because they were older than a hop and the latency budget together.</summary>
    public long ResultsLate => Volatile.Read(ref _resultsLate);

    /// <summary>Results dropped because the pipeline had been muted meanwhile.</summary>
    public long ResultsMuted => Volatile.Read(ref _resultsMuted);

    /// <summary>Events of the kind <see cref="EmotionEventKind.Interim"/>.</summary>
    public long Interims => Volatile.Read(ref _interims);

    /// <summary>Events of the kind <see cref="EmotionEventKind.Final"/>.</summary>
    public long Finals => Volatile.Read(ref _finals);

    /// <summary>Events of the kind <see cref="EmotionEventKind.Change"/>.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>Events handed to the publishers.</summary>
    public long Events => Interims + Finals + Changes;

    /// <summary>From the capture of the newest sample a decision used to the hand-over of its event.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>How loud it has been. Samples that were discarded because the pipeline was muted are not in it.</summary>
    public SoundEnergy Sound { get; } = new();

    /// <summary>How the source's clock goes against this machine's.</summary>
    public ClockDrift Drift { get; } = new();

    /// <summary>Processor time of each stage.</summary>
    public StageCosts Costs { get; } = new();

    /// <summary>
    /// The sums that do not match, as sentences. While a pipeline runs, items on their way cause some.
    /// </summary>
    public IReadOnlyList<string> Imbalances()
    {
        var sums = new (string Name, long Total, long Parts)[]
        {
            ("windows cut = classified + skipped + late + failed", WindowsCut, WindowsClassified + WindowsSkipped + WindowsLate + WindowsFailed),
            ("windows classified = interims + finals + late + muted results", WindowsClassified, Interims + Finals + ResultsLate + ResultsMuted),
            ("events = events with a latency", Events, Latency.Count),
        };
        return [.. sums.Where(sum => sum.Total != sum.Parts).Select(sum => $"{sum.Name} is wrong: {sum.Total} against {sum.Parts}.")];
    }

    internal void CountSamples(int received, bool muted)
    {
        Interlocked.Add(ref _samplesIn, received);
        Interlocked.Add(ref _samplesMuted, muted ? received : 0);
    }

    /// <summary>Takes the samples as they came, cleaned.</summary>
    internal void ObserveZeros(ReadOnlySpan<float> samples)
    {
        var last = samples.LastIndexOfAnyExcept(0f);
        Volatile.Write(ref _zeroRun, last < 0 ? _zeroRun + samples.Length : samples.Length - 1 - last);
    }

    internal void CountInvalid(int count) => Interlocked.Add(ref _samplesInvalid, count);

    internal void CountLost(long lost, bool isNewGap)
    {
        Interlocked.Add(ref _samplesLost, lost);
        Interlocked.Add(ref _gaps, isNewGap ? 1 : 0);
    }

    internal void CountUtterance() => Interlocked.Increment(ref _utterances);

    internal void CountWindow() => Interlocked.Increment(ref _windowsCut);

    internal void CountSkipped() => Interlocked.Increment(ref _windowsSkipped);

    internal void CountFailed() => Interlocked.Increment(ref _windowsFailed);

    internal void CountLate() => Interlocked.Increment(ref _windowsLate);

    internal void CountClassified() => Interlocked.Increment(ref _windowsClassified);

    internal void CountResultLate() => Interlocked.Increment(ref _resultsLate);

    internal void CountResultMuted() => Interlocked.Increment(ref _resultsMuted);

    internal void CountEvent(EmotionEventKind kind)
    {
        switch (kind)
        {
            case EmotionEventKind.Interim:
                Interlocked.Increment(ref _interims);
                break;
            case EmotionEventKind.Final:
                Interlocked.Increment(ref _finals);
                break;
            default:
                Interlocked.Increment(ref _changes);
                break;
        }
    }
}
