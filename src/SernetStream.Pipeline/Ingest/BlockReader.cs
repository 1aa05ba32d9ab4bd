using SernetStream.Audio;
using SernetStream.Pipeline.Drivers;
using SernetStream.Pipeline.Segmentation;

namespace SernetStream.Pipeline.Ingest;

/// <summary>What came of asking a source for samples.</summary>
internal enum BlockOutcome
{
    /// <summary>A block was handed on.</summary>
    Taken,

    /// <summary>There is none yet.</summary>
    NotYet,

    /// <summary>There will be none any more.</summary>
    End,
}

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
    private float[] _buffer = [];
    private long _left;
    private (bool IsHeld, long MuteState) _before;
    private bool _isInterrupted;

    public BlockReader(PipelineParts parts, FrontEndStage frontEnd)
    {
        var sampleRate = parts.Source.SampleRate;
        _parts = parts;
        _frontEnd = frontEnd;
        MostSamples = frontEnd.MaxSamplesWanted + (int)(SlackSeconds * sampleRate);
        _left = parts.Options.DurationSeconds is { } seconds ? (long)Math.Ceiling(seconds * sampleRate) : long.MaxValue;
        _before = Now();
        parts.Controls.ListeningChanged += Interrupt;
    }

    /// <summary>The most samples that a block has.</summary>
    public int MostSamples { get; }

    /// <summary>Ends the reading, and overwrites the remaining sound.</summary>
    public void Dispose()
    {
        _parts.Controls.ListeningChanged -= Interrupt;
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

        if (_buffer.Length == 0)
        {
            _buffer = GC.AllocateArray<float>(MostSamples, pinned: true);
        }

        var began = StageCosts.Now();
        _before = Now();
        var block = _parts.Source.Read(Room(_buffer), _frontEnd.SamplesWanted, cancellationToken);
        return Take(_buffer, block, began);
    }

    /// <summary>Hands the next block on, if there is one.</summary>
    /// <param name="source">The pipeline's source.</param>
    /// <param name="buffer">Room for <see cref="MostSamples"/>, lent for this call; overwritten at its end.</param>
    /// <param name="retryAfter">Where there is none yet: when to ask again.</param>
    public BlockOutcome TryStep(IPolledSource source, Span<float> buffer, out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (_left <= 0)
        {
            return BlockOutcome.End;
        }

        var (began, now) = (StageCosts.Now(), Now());
        var wasInterrupted = Interlocked.Exchange(ref _isInterrupted, false);
        if (!source.TryRead(Room(buffer), _frontEnd.SamplesWanted, out var block, out retryAfter))
        {
            // Whatever comes from here on comes after the change that interrupted.
            _before = wasInterrupted ? now : _before;
            _parts.Counters.Costs.Add(Stage.Source, StageCosts.Now() - began);
            return BlockOutcome.NotYet;
        }

        var isTaken = Take(buffer, block, began);
        _before = now;
        return isTaken ? BlockOutcome.Taken : BlockOutcome.End;
    }

    private (bool IsHeld, long MuteState) Now() => (_parts.Controls.IsHeld, _parts.Controls.MuteState);

    private Span<float> Room(Span<float> buffer) => buffer[..(int)Math.Min(MostSamples, _left)];

    private void Interrupt()
    {
        _parts.Source.Interrupt();
        Volatile.Write(ref _isInterrupted, true);
    }

    private bool Take(Span<float> buffer, in AudioBlock block, long began)
    {
        var samples = buffer[..block.Count];

        // The source returns when a control changes, so it then returns samples from before. When in doubt, a mute
        // discards: all samples that may have come while it was on, at either end of the wait.
        var muted = PipelineControls.WasMuted(_before.MuteState, _parts.Controls.MuteState);
        var isDiscarded = muted || _before.IsHeld;
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
            _parts.Counters.Sound.Add(samples);
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
