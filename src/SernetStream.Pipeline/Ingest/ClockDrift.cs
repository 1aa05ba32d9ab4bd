using System.Diagnostics;

namespace SernetStream.Pipeline.Ingest;

/// <summary>
/// Measures how fast the source's sample clock goes against this machine's monotonic clock. Every few seconds the
/// earliest arrival is kept, since whatever disturbs an arrival makes it late; the slope through the points of the last
/// ten minutes is the median of the slopes between all pairs (Theil 1950, Sen 1968), which bad points do not
/// move as long as they are fewer than 29 %.
/// </summary>
/// <remarks>One thread observes; any may read.</remarks>
public sealed class ClockDrift
{
    private const double SecondsPerPoint = 5;
    private const int MaxPoints = 120;
    private const int MinPoints = 12;

    private readonly (double Samples, double Lateness)[] _points = new (double, double)[MaxPoints];
    // A thread's, not a stream's: it is as large as all the rest, and lasts only for a moment every few seconds.
    [ThreadStatic]
    private static double[]? _slopes;

    private double _partsPerMillion = double.NaN;
    private long _origin;
    private double _samples;
    private (double Samples, double Lateness) _earliest;
    private double _pointEnds;
    private int _count;
    private int _next;
    private bool _isStarted;

    /// <summary>
    /// Millionths by which the source delivers more samples a second than it claims (positive: its clock is fast);
    /// NaN before the first minute without a gap.
    /// </summary>
    public double PartsPerMillion => Volatile.Read(ref _partsPerMillion);

    /// <summary>Takes the arrival of a block.</summary>
    /// <param name="count">Samples in it.</param>
    /// <param name="sampleRate">Samples per second as the source claims.</param>
    /// <param name="capturedAt">When the last of them was captured, in monotonic ticks.</param>
    internal void Observe(int count, int sampleRate, long capturedAt)
    {
        if (!_isStarted)
        {
            // The first block ends here; what it holds came before the origin.
            (_isStarted, _origin, _samples, _count, _next) = (true, capturedAt, 0, 0, 0);
            StartPoint();
            return;
        }

        _samples += (double)count / sampleRate;
        var lateness = ((capturedAt - _origin) / (double)Stopwatch.Frequency) - _samples;
        if (lateness < _earliest.Lateness)
        {
            _earliest = (_samples, lateness);
        }

        if (_samples >= _pointEnds)
        {
            _points[_next] = _earliest;
            _next = (_next + 1) % MaxPoints;
            _count = Math.Min(_count + 1, MaxPoints);
            StartPoint();
            if (_count >= MinPoints)
            {
                Volatile.Write(ref _partsPerMillion, -1e6 * MedianSlope());
            }
        }
    }

    /// <summary>Samples are missing: what came before cannot be compared with what comes now. The last figure stays.</summary>
    internal void Restart() => _isStarted = false;

    private void StartPoint()
    {
        _earliest = (0, double.PositiveInfinity);
        _pointEnds = _samples + SecondsPerPoint;
    }

    private double MedianSlope()
    {
        var all = _slopes ??= new double[MaxPoints * (MaxPoints - 1) / 2];
        var slopes = 0;
        for (var i = 1; i < _count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var apart = _points[i].Samples - _points[j].Samples;
                all[slopes++] = (_points[i].Lateness - _points[j].Lateness) / apart;
            }
        }

        Array.Sort(all, 0, slopes);
        return all[slopes / 2];
    }
}
