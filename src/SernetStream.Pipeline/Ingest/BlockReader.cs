using SernetStream.Audio;
using SernetStream.Pipeline.Drivers;
using SernetStream.Pipeline.Segmentation;

namespace SernetStream.Pipeline.Ingest;

/// <summary>
/// Reads a source block by block into the front end, up to the duration that was asked for. Here muted samples are
/// discarded: they go no further than the buffer they were read into, which is cleared.
/// </summary>
internal sealed class BlockReader : IDisposable
{
    /// <summary>Samples that arrive while the thread wakes up are read too.</summary>
    private const double SlackSeconds = 0.1;

    private readonly PipelineParts _parts;
    private readonly FrontEndStage _frontEnd;
    private readonly float[] _buffer;
    private long _left;

    public BlockReader(PipelineParts parts, FrontEndStage frontEnd)
    {
        var sampleRate = parts.Source.SampleRate;
        _parts = parts;
        _frontEnd = frontEnd;
        _buffer = GC.AllocateArray<float>(frontEnd.MaxSamplesWanted + (int)(SlackSeconds * sampleRate), pinned: true);
        _left = parts.Options.DurationSeconds is { } seconds ? (long)Math.Ceiling(seconds * sampleRate) : long.MaxValue;
        parts.Controls.ListeningChanged += parts.Source.Interrupt;
    }

    /// <summary>Ends the reading, and overwrites the remaining sound.</summary>
    public void Dispose()
    {
        _parts.Controls.ListeningChanged -= _parts.Source.Interrupt;
        Array.Clear(_buffer);
        _frontEnd.Silence();
    }

    /// <summary>Waits for the next block and hands it on; false at the end.</summary>
    public bool TryStep(CancellationToken cancellationToken)
    {
        if (_left <= 0)
        {
            return false;
        }

        var began = StageCosts.Now();
        var (wasHeld, before) = (_parts.Controls.IsHeld, _parts.Controls.MuteState);
        var block = _parts.Source.Read(
            _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, _left)), _frontEnd.SamplesWanted, cancellationToken);
        var samples = _buffer.AsSpan(0, block.Count);

        // The source returns when a control changes, so it then returns samples from before. When in doubt, a mute
        // discards: all samples that may have come while it was on, at either end of the wait.
        var muted = PipelineControls.WasMuted(before, _parts.Controls.MuteState);
        var isDiscarded = muted || wasHeld;
        if (isDiscarded)
        {
            samples.Clear();
            _parts.Source.Silence();
        }

        _parts.Counters.Costs.Add(Stage.Source, StageCosts.Now() - began);
        if (block.IsEnd)
        {
            return false;
        }

        _left -= block.Count + block.LostBefore;
        MeasureDrift(block);
        _frontEnd.Accept(samples, block, muted);
        if (!isDiscarded)
        {
            _parts.Counters.ObserveZeros(samples);
        }

        samples.Clear();
        return true;
    }

    private void MeasureDrift(in AudioBlock block)
    {
        if (block.LostBefore > 0)
        {
            _parts.Counters.Drift.Restart();
        }
        else if (_parts.Source.IsLive)
        {
            _parts.Counters.Drift.Observe(block.Count, _parts.Source.SampleRate, block.CapturedAt);
        }
    }
}
