using SernetStream.Models.Streaming;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// A Light-SERNet in int8 that streams, computed here by the layers of <see cref="LightSernetNetwork"/>: each convolution looks back
/// only, and the last rows that it read are kept for the next step (<see cref="StreamedState"/>).
/// </summary>
internal sealed class StreamedLightSernet : IStreamingNetwork
{
    private int[]? _rowsKept;

    public required ModelCard Card { get; init; }

    /// <summary>Frames of a step; a multiple of what the pools make one row of.</summary>
    public required int Frames { get; init; }

    public required StreamedNormalisation Normalisation { get; init; }

    public required FirstPaths Paths { get; init; }

    public required IReadOnlyList<TileConvolution> Body { get; init; }

    public required LastConvolution Last { get; init; }

    public required Head Head { get; init; }

    /// <summary>The most channels of any image.</summary>
    public required int MostChannels { get; init; }

    /// <summary>Numbers that a state keeps of the normalised features: all rows around a place but one.</summary>
    public int FramesKept => 2 * Paths.Margin * Paths.Pitch;

    /// <summary>Numbers that it keeps of each image that a convolution of the body reads: two rows.</summary>
    public IReadOnlyList<int> RowsKept => _rowsKept ??= [.. Images(1)[..^1].Select(image => image.RowsInFront.Length)];

    /// <summary>The images of some steps that are computed together: what the first layer makes, then what each of the body does.</summary>
    public LevelImage[] Images(int steps)
    {
        var image = Paths.CreateResult(steps * Frames);
        return [image, .. Body.Select(layer => image = layer.CreateResult(image))];
    }

    /// <summary>Sums over nothing.</summary>
    public StreamedSums CreateSums() => new(Normalisation.Size, Head.Weights.Length / Head.Bias.Length);

    public INetworkRun CreateRun() => new StreamingRun(Card, this);

    public INetworkState CreateState() => new StreamedState(this);

    public INetworkSteps CreateSteps() => new StreamedSteps(this);

    public void Dispose()
    {
        // The weights are the collector's.
    }
}
