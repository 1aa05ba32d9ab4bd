using System.Numerics;
using System.Runtime.CompilerServices;

namespace SernetStream.Models.LightSernet;

/// <summary>What a layer of 8 bits says in the file.</summary>
/// <param name="Inputs">Channels of the image that it reads.</param>
/// <param name="Outputs">Channels of the one that it makes.</param>
/// <param name="Weights">Outputs × inputs × rows × columns, −63 to 63.</param>
/// <param name="Bias">One an output, in products of levels.</param>
/// <param name="Factors">What makes a sum of products a level, one an output.</param>
internal sealed record LevelLayer(int Inputs, int Outputs, sbyte[] Weights, int[] Bias, float[] Factors);

/// <summary>
/// A convolution of 3 × 3 of 8-bit levels, no less than zero, then a <see cref="Pool"/>. Rows of tiles that would repeat what is
/// above them, as in the silence around an utterance, are copied.
/// </summary>
internal sealed class TileConvolution
{
    private readonly LevelLayer _layer;
    private readonly Pool _pool;
    private readonly TileTransform _tile;
    private readonly short[] _weights;

    /// <param name="layer">Of 3 × 3.</param>
    /// <param name="pool">What is done to its results.</param>
    /// <param name="rows">Of the images that it will mostly read, for tiles of as many; they may have any number.</param>
    public TileConvolution(LevelLayer layer, Pool pool, int rows = TileTransform.MostRows)
    {
        (_layer, _pool, _tile) = (layer, pool, TileTransform.ForRows(Math.Max(rows, pool.Rows)));
        _weights = new short[_tile.Points * layer.Inputs * layer.Outputs];
        var pointStep = layer.Inputs * layer.Outputs;
        Span<int> filter = stackalloc int[_tile.Points];
        for (var output = 0; output < layer.Outputs; output++)
        {
            for (var input = 0; input < layer.Inputs; input++)
            {
                _tile.OfWeights(layer.Weights.AsSpan(((output * layer.Inputs) + input) * 9, 9), filter);
                var at = PairProduct.PlaceOf(input, output, layer.Outputs, layer.Inputs);
                for (var point = 0; point < _tile.Points; point++)
                {
                    _weights[(point * pointStep) + at] = checked((short)filter[point]);
                }
            }
        }
    }

    private int RowsOfTile => _tile.Rows / _pool.Rows;

    /// <summary>The image that it makes of one like this.</summary>
    public LevelImage CreateResult(LevelImage image) =>
        new((image.Rows + _pool.Rows - 1) / _pool.Rows, image.Columns / _pool.Columns, _layer.Outputs);

    /// <summary>Computes an image.</summary>
    public void Apply(LevelImage image, LevelImage result, TileScratch scratch)
    {
        result.RepeatsAfter(image.Repeats, reach: 1);
        for (var row = 0; row * _tile.Rows < image.Rows; row++)
        {
            if (IsRepeated(result, row))
            {
                continue;
            }

            for (var column = 0; column < image.TileColumns; column++)
            {
                scratch.Add(row, column);
                if (scratch.IsFull)
                {
                    Compute(image, result, scratch);
                }
            }
        }

        Compute(image, result, scratch);
        for (var row = 0; row < result.Rows; row++)
        {
            if (IsRepeated(result, row / RowsOfTile))
            {
                result.Repeat(row);
            }
        }
    }

    /// <summary>Whether all rows that a tile makes are the same as the last row of the tile above it.</summary>
    private bool IsRepeated(LevelImage result, int tileRow)
    {
        var rows = result.Repeats[(tileRow * RowsOfTile)..];
        return !rows[..Math.Min(rows.Length, RowsOfTile)].Contains(false);
    }

    private void Compute(LevelImage image, LevelImage result, TileScratch scratch)
    {
        var (inputs, outputs) = (_layer.Inputs, _layer.Outputs);
        var (inputStep, outputStep) = (TileScratch.MostTiles * inputs, TileScratch.MostTiles * outputs);
        for (var tile = 0; tile < scratch.Count; tile++)
        {
            var (row, column) = scratch[tile];
            var patch = image.From((row * _tile.Rows) - 1, (column * TileTransform.Columns) - 1);
            _tile.OfInputs(patch, image.Pitch, inputs, scratch.Inputs.AsSpan(tile * inputs), inputStep);
        }

        PairProduct.Multiply(
            scratch.Count > 0 ? _tile.Points : 0, scratch.Inputs, inputStep, scratch.Count, _weights, outputs, inputs, scratch.Products, outputStep);
        for (var tile = 0; tile < scratch.Count; tile++)
        {
            Finish(image, result, scratch, tile);
        }

        scratch.Clear();
    }

    /// <summary>Makes levels of a tile's products, and pools them.</summary>
    [SkipLocalsInit]
    private void Finish(LevelImage image, LevelImage result, TileScratch scratch, int tile)
    {
        var outputs = _layer.Outputs;
        var (row, column) = scratch[tile];
        var rows = Math.Min(_tile.Rows, image.Rows - (row * _tile.Rows));
        var columns = Math.Min(TileTransform.Columns, image.Columns - (column * TileTransform.Columns)) / _pool.Columns;
        if (WideKernels.AreThere && (_pool.Rows == 2 || rows == 1))
        {
            WideKernels.Results(
                _tile.Rows,
                scratch.Products.AsSpan(tile * outputs),
                TileScratch.MostTiles * outputs,
                _layer,
                _pool,
                rows,
                columns,
                result.From(row * RowsOfTile, column * TileTransform.Columns / _pool.Columns),
                result.Pitch);
            return;
        }

        Span<Vector<int>> first = stackalloc Vector<int>[_tile.Rows * TileTransform.Columns];
        Span<Vector<int>> second = stackalloc Vector<int>[_tile.Rows * TileTransform.Columns];
        for (var output = 0; output < outputs; output += Vector<short>.Count)
        {
            Levels(scratch, tile, output, first);
            Levels(scratch, tile, output + Vector<int>.Count, second);
            for (var i = 0; i < rows; i += _pool.Rows)
            {
                var isHalf = i + _pool.Rows > rows || _pool.Rows == 1;
                for (var j = 0; j < columns; j++)
                {
                    var place = (i * TileTransform.Columns) + (j * _pool.Columns);
                    var levels = Vector.Narrow(_pool.Of(Sum(first, place, isHalf), isHalf), _pool.Of(Sum(second, place, isHalf), isHalf));
                    var at = result.At((row * RowsOfTile) + (i / _pool.Rows), (column * TileTransform.Columns / _pool.Columns) + j);
                    levels.CopyTo(at[output..]);
                }
            }
        }
    }

    private Vector<int> Sum(ReadOnlySpan<Vector<int>> levels, int place, bool isHalf)
    {
        var sum = levels[place];
        sum += isHalf ? Vector<int>.Zero : levels[place + TileTransform.Columns];
        if (_pool.Columns == 2)
        {
            sum += levels[place + 1];
            sum += isHalf ? Vector<int>.Zero : levels[place + TileTransform.Columns + 1];
        }

        return sum;
    }

    private void Levels(TileScratch scratch, int tile, int output, Span<Vector<int>> levels)
    {
        _tile.ToResults(
            ref scratch.Products[(tile * _layer.Outputs) + output], TileScratch.MostTiles * _layer.Outputs, levels);
        var bias = new Vector<int>(_layer.Bias, output);
        var factors = new Vector<float>(_layer.Factors, output);
        foreach (ref var level in levels)
        {
            level = Rounding.ToLevels(Vector.ConvertToSingle(level + bias) * factors);
        }
    }
}

/// <summary>Memory for some tiles at a time, so few that it stays in the processor's cache; all layers share it.</summary>
/// <param name="mostChannels">Of any layer's inputs or outputs.</param>
internal sealed class TileScratch(int mostChannels)
{
    /// <summary>A multiple of <see cref="PairProduct.Rows"/>.</summary>
    public const int MostTiles = 12;

    private readonly (int Row, int Column)[] _tiles = new (int, int)[MostTiles];

    /// <summary>Transformed inputs: points × tiles × channels.</summary>
    public short[] Inputs { get; } = new short[TileTransform.MostPoints * MostTiles * mostChannels];

    /// <summary>Products: points × tiles × channels.</summary>
    public int[] Products { get; } = new int[TileTransform.MostPoints * MostTiles * mostChannels];

    public int Count { get; private set; }

    public bool IsFull => Count == MostTiles;

    public (int Row, int Column) this[int tile] => _tiles[tile];

    public void Add(int row, int column) => _tiles[Count++] = (row, column);

    public void Clear() => Count = 0;
}
