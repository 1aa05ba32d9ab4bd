using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Echo;

/// <summary>
/// Holds what the microphone heard while the speakers played until the monitor has heard it too, or <see cref="EchoJudge.Patience"/> is
/// over. So a thread that steps many rooms need not wait for the monitor of one. One thread, but for <see cref="Interrupt"/>.
/// </summary>
/// <param name="inner">The microphone; not owned.</param>
/// <param name="track">What the speakers play.</param>
internal sealed class MonitoredSource(IPolledSource inner, MonitorTrack track) : IPolledSource
{
    private const double LongestBlockSeconds = DeferredVad.MaxSteps * (double)ISpeechDetector.StepLength / FrontEndStage.SampleRate;

    // The filter looks a step ahead, and the clock of the monitor is known to a few milliseconds.
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(48);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(8);

    private float[] _held = [];
    private AudioBlock? _block;
    private long _heldAt;
    private volatile bool _isHurried;

    public string Name => inner.Name;

    public int SampleRate => inner.SampleRate;

    public bool IsLive => inner.IsLive;

    public string? ChannelNote => inner.ChannelNote;

    public string? SenderNote => inner.SenderNote;

    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) => throw new NotSupportedException(
        "Who may wait needs no samples held.");

    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        if (_block is null)
        {
            if (!inner.TryRead(destination, wanted, out block, out retryAfter))
            {
                return false;
            }

            if (block.Count == 0 || MayPass(block))
            {
                _isHurried = false;
                return true;
            }

            Hold(destination[..block.Count], block);
        }

        (block, retryAfter) = (_block!.Value, AskAgain);

        // A change of the controls: what was heard until now is handled separately. And never more than there is room for.
        if (!_isHurried && Stopwatch.GetElapsedTime(_heldAt) < EchoJudge.Patience && !MayPass(block))
        {
            return false;
        }

        Release(destination);
        return true;
    }

    public void Notify(Action? isReady) => inner.Notify(isReady);

    public void Interrupt()
    {
        _isHurried = true;
        inner.Interrupt();
    }

    public void Silence()
    {
        Array.Clear(_held);
        inner.Silence();
    }

    /// <summary>Overwrites what is held.</summary>
    public void Dispose() => Array.Clear(_held);

    private bool MayPass(in AudioBlock block) =>
        !track.WasPlaying(block.CapturedAt, EchoJudge.EchoSeconds + LongestBlockSeconds) || track.Covers(block.CapturedAt, Ahead);

    private void Hold(Span<float> samples, in AudioBlock block)
    {
        if (_held.Length < samples.Length)
        {
            // Pinned: a collection that moved it would leave a copy of the sound behind.
            Array.Clear(_held);
            _held = GC.AllocateArray<float>(samples.Length * 2, pinned: true);
        }

        samples.CopyTo(_held);
        samples.Clear();
        (_block, _heldAt) = (block, Stopwatch.GetTimestamp());
    }

    private void Release(Span<float> destination)
    {
        var held = _held.AsSpan(0, _block!.Value.Count);
        held.CopyTo(destination);
        held.Clear();
        (_block, _isHurried) = (null, false);
    }
}
