using System.Diagnostics;
using SernetStream.Audio;

namespace SernetStream.Pipeline.Tests.Rooms;

/// <summary>Samples in memory that are never waited for; every other time it is asked, it has none yet.</summary>
internal sealed class PolledArraySource(float[] samples, bool isLive) : IPolledSource
{
    private int _position;
    private bool _hasSome;

    public string Name => "array";

    public int SampleRate => 16000;

    public bool IsLive => isLive;

    /// <summary>Called before samples are given, with the position, to throw.</summary>
    public Action<int> BeforeRead { get; init; } = _ => { };

    /// <summary>When it is to be asked again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.Zero;

    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        (block, retryAfter) = (default, RetryAfter);
        _hasSome = !_hasSome;
        if (!_hasSome)
        {
            return false;
        }

        block = Read(destination, wanted, CancellationToken.None);
        return true;
    }

    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        BeforeRead(_position);
        var count = Math.Min(Math.Min(destination.Length, wanted), samples.Length - _position);
        samples.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
    }

    public void Dispose()
    {
    }
}
