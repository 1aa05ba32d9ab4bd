using SernetStream.Pipeline;

namespace SernetStream.Cluster.Rooms;

/// <summary>What has gone through a room since it began on this silo, over all openings of its source.</summary>
internal readonly record struct RoomTotals(
    long Cut, long Classified, long Skipped, long Late, long Failed, long Finals, long Changes, long Events, long Utterances,
    double LostSeconds, double Seconds)
{
    /// <summary>What has gone through one pipeline.</summary>
    public static RoomTotals Of(PipelineCounters counters, int sampleRate) => new(
        counters.WindowsCut, counters.WindowsClassified, counters.WindowsSkipped, counters.WindowsLate, counters.WindowsFailed,
        counters.Finals, counters.Changes, counters.Events, counters.Utterances,
        (double)counters.SamplesLost / sampleRate, (double)counters.SamplesIn / sampleRate);

    public static RoomTotals operator +(RoomTotals a, RoomTotals b) => new(
        a.Cut + b.Cut, a.Classified + b.Classified, a.Skipped + b.Skipped, a.Late + b.Late, a.Failed + b.Failed,
        a.Finals + b.Finals, a.Changes + b.Changes, a.Events + b.Events, a.Utterances + b.Utterances,
        a.LostSeconds + b.LostSeconds, a.Seconds + b.Seconds);
}
