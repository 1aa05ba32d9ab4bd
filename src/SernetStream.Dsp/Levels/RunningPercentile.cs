using System.Numerics;

namespace SernetStream.Dsp.Levels;

/// <summary>
/// Finds the r-th largest absolute sample of a window of a stream, exactly, without looking at most of them: only
/// blocks whose peak reaches a threshold are read, and the threshold is what was found in the window before, a little
/// lowered. Where that was too high it is lowered further; being only a hint, it cannot make the result wrong.
/// </summary>
internal sealed class RunningPercentile
{
    private const float FirstGuess = 0.97f;
    private const float NextGuess = 0.88f;
    private const int MaxAttempts = 24;

    // A thread's, not a stream's: it is as long as a window, and empty again after each search.
    [ThreadStatic]
    private static float[]? _scratch;

    private readonly int _mostSamples;
    private float[] _loud = [];
    private int _count;
    private float _hint;

    /// <param name="mostSamples">The longest window.</param>
    public RunningPercentile(int mostSamples)
    {
        _mostSamples = mostSamples;
    }

    /// <summary>The samples of rank r and r − 1 from the loudest on; zeros where the window has fewer.</summary>
    /// <param name="window">The samples.</param>
    /// <param name="start">Their place in the stream.</param>
    /// <param name="peaks">The peaks of the stream's blocks.</param>
    /// <param name="rank">r, from 1 on.</param>
    public (float Below, float Above) Find(ReadOnlySpan<float> window, long start, BlockPeaks peaks, int rank)
    {
        _loud = _scratch is { } scratch && scratch.Length >= _mostSamples ? scratch : _scratch = new float[_mostSamples];
        var found = Search(window, start, peaks, rank);

        // Without a guess, as at first, it is all of the window; nobody needs it any more.
        _loud.AsSpan(0, _count).Clear();
        return found;
    }

    public void Reset() => _hint = 0;

    private (float Below, float Above) Search(ReadOnlySpan<float> window, long start, BlockPeaks peaks, int rank)
    {
        Gather(window, start, peaks, _hint * FirstGuess);
        for (var guess = 0; _count < rank && _hint > 0; guess++)
        {
            _hint = guess < MaxAttempts ? _hint * NextGuess : 0;
            Gather(window, start, peaks, _hint * FirstGuess);
        }

        if (_count < rank)
        {
            return (0, _count > 0 && _count == rank - 1 ? Smallest(_loud.AsSpan(0, _count)) : 0);
        }

        var loud = _loud.AsSpan(0, _count);
        var below = Selection.Largest(loud, rank);
        _hint = below;
        return (below, rank > 1 ? Smallest(loud[..(rank - 1)]) : below);
    }

    private void Gather(ReadOnlySpan<float> window, long start, BlockPeaks peaks, float threshold)
    {
        _count = 0;
        for (var n = 0; n < window.Length;)
        {
            var position = start + n;
            var part = Math.Min(window.Length - n, BlockPeaks.BlockLength - (int)(position % BlockPeaks.BlockLength));
            if (part < BlockPeaks.BlockLength || peaks.Of(position / BlockPeaks.BlockLength) >= threshold)
            {
                Gather(window.Slice(n, part), threshold);
            }

            n += part;
        }
    }

    private void Gather(ReadOnlySpan<float> samples, float threshold)
    {
        var n = 0;
        var least = new Vector<float>(threshold);
        for (; n + Vector<float>.Count <= samples.Length; n += Vector<float>.Count)
        {
            if (Vector.GreaterThanOrEqualAny(Vector.Abs(new Vector<float>(samples[n..])), least))
            {
                Take(samples.Slice(n, Vector<float>.Count), threshold);
            }
        }

        Take(samples[n..], threshold);
    }

    private void Take(ReadOnlySpan<float> samples, float threshold)
    {
        foreach (var sample in samples)
        {
            var magnitude = Math.Abs(sample);
            if (magnitude >= threshold)
            {
                _loud[_count++] = magnitude;
            }
        }
    }

    private static float Smallest(ReadOnlySpan<float> values)
    {
        var smallest = values[0];
        foreach (var value in values)
        {
            smallest = Math.Min(smallest, value);
        }

        return smallest;
    }
}

/// <summary>Selection by rank (C. A. R. Hoare, "Algorithm 65: Find", 1961).</summary>
internal static class Selection
{
    /// <summary>
    /// The r-th largest of numbers, which are reordered so that the r − 1 before it are none smaller. Where partitioning
    /// does not get on, the rest is sorted, so the cost stays below n·log n.
    /// </summary>
    public static float Largest(Span<float> values, int rank)
    {
        var (from, to, place) = (0, values.Length - 1, rank - 1);
        for (var rounds = 2 * (32 - int.LeadingZeroCount(values.Length)); from < to; rounds--)
        {
            if (rounds == 0)
            {
                var rest = values[from..(to + 1)];
                rest.Sort();
                rest.Reverse();
                break;
            }

            var pivot = Median(values[from], values[(from + to) / 2], values[to]);
            var (i, j) = (from, to);
            while (i <= j)
            {
                for (; values[i] > pivot; i++)
                {
                }

                for (; values[j] < pivot; j--)
                {
                }

                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }

            // Between j and i all equal the pivot.
            if (place <= j)
            {
                to = j;
            }
            else if (place >= i)
            {
                from = i;
            }
            else
            {
                break;
            }
        }

        return values[place];
    }

    private static float Median(float a, float b, float c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
