using SernetStream.Pipeline;

namespace SernetStream.Web.Health;

/// <summary>
/// Tells from a pipeline's counters whether it moves: that samples come, and that what waits for a stage is done in
/// time. It is polled; its answer is as old as the last poll.
/// </summary>
/// <param name="counters">The pipeline's.</param>
/// <param name="sourceMayPause">Whether a lack of samples is normal, as with standard input.</param>
/// <param name="clock">Which clock to go by.</param>
internal sealed class PipelineProgress(PipelineCounters counters, bool sourceMayPause, TimeProvider clock)
{
    /// <summary>What takes longer than this is stuck.</summary>
    public static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(10);

    private readonly Watch _audio = new("no audio has come", clock);
    private readonly Watch _classifier = new("the classifier has finished nothing", clock);
    private readonly Watch _smoother = new("no classification has been taken on", clock);

    /// <summary>Why it is stuck, as a sentence; null if it is not.</summary>
    public string? Stuck()
    {
        var classified = counters.WindowsClassified;
        var toClassify = counters.WindowsCut - counters.WindowsSkipped - counters.WindowsLate - counters.WindowsFailed - classified;
        var smoothed = counters.Interims + counters.Finals + counters.ResultsLate + counters.ResultsMuted;
        // Each is looked at every time: one that was passed over while another was stuck would then take its rest for idleness.
        var audio = _audio.Look(!sourceMayPause, counters.SamplesIn + counters.SamplesLost);
        var classifier = _classifier.Look(toClassify > 0, classified + counters.WindowsLate + counters.WindowsFailed);
        var smoother = _smoother.Look(classified > smoothed, smoothed);
        return audio ?? classifier ?? smoother;
    }

    private sealed class Watch(string complaint, TimeProvider clock)
    {
        private long _done;
        private long _movedAt = clock.GetTimestamp();

        public string? Look(bool hasWork, long done)
        {
            if (!hasWork || done != _done)
            {
                _done = done;
                _movedAt = clock.GetTimestamp();
                return null;
            }

            var idle = clock.GetElapsedTime(_movedAt);
            return idle <= WaitTimeout ? null : $"{complaint} for {idle.TotalSeconds:0} s";
        }
    }
}
