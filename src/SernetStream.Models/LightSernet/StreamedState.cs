using SernetStream.Models.Streaming;

namespace SernetStream.Models.LightSernet;

/// <summary>What is remembered of a stream: the last rows that each convolution read, and what is added up.</summary>
internal sealed class StreamedState(StreamedLightSernet network) : INetworkState
{
    /// <summary>Normalised features before the next step, as they lie in the input of <see cref="FirstPaths"/>.</summary>
    public float[] Frames { get; } = new float[network.FramesKept];

    /// <summary>Of each image that a convolution reads, the two rows before the next step.</summary>
    public short[][] Rows { get; } = [.. network.RowsKept.Select(numbers => new short[numbers])];

    public StreamedSums Sums { get; } = network.CreateSums();

    public void Clear()
    {
        Array.Clear(Frames);
        Array.ForEach(Rows, Array.Clear);
        Sums.Clear();
    }

    public void Dispose() => Clear();
}

/// <summary>What is added up: by the normalisation, and of the last levels.</summary>
internal sealed class StreamedSums(int normalisation, int levels)
{
    public float[] Normalisation { get; } = new float[normalisation];

    public float[] Levels { get; } = new float[levels];

    /// <summary>Rows that the levels are of.</summary>
    public float Count { get; set; }

    public void CopyTo(StreamedSums other)
    {
        Normalisation.CopyTo(other.Normalisation, 0);
        Levels.CopyTo(other.Levels, 0);
        other.Count = Count;
    }

    /// <summary>Makes the sums of levels smaller, and adds the levels of some rows.</summary>
    public void Add(float share, ReadOnlySpan<int> levels, int rows)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            Levels[i] = (Levels[i] * share) + levels[i];
        }

        Count = (Count * share) + rows;
    }

    public void Clear()
    {
        Array.Clear(Normalisation);
        Array.Clear(Levels);
        Count = 0;
    }
}
