using System.Diagnostics;
using SernetStream.Audio;

namespace SernetStream.Diagnosis.Bench;

/// <summary>The same signal again and again, as fast as it is taken, for so long.</summary>
internal sealed class SignalSource(float[] signal, int sampleRate, double seconds) : IAudioSource
{
    private long _left = (long)(seconds * sampleRate);
    private int _next;

    /// <inheritdoc/>
    public string Name => "test signal";

    /// <inheritdoc/>
    public int SampleRate => sampleRate;

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var count = (int)Math.Min(_left, Math.Min(destination.Length, signal.Length - _next));
        signal.AsSpan(_next, count).CopyTo(destination);
        _next = (_next + count) % signal.Length;
        _left -= count;
        return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing to close.
    }
}
