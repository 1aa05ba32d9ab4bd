namespace SernetStream.Models.LightSernet;

/// <summary>
/// An image between two layers: rows (time) × columns (bands) × channels, levels 0 to 255. Zeros lie around it: one row or column
/// in front, and behind it as many as make the tiles of the next convolution whole.
/// </summary>
internal sealed class LevelImage
{
    private readonly short[] _levels;
    private readonly bool[] _repeats;
    private readonly int _first;

    public LevelImage(int rows, int columns, int channels)
    {
        (Rows, Columns, Channels) = (rows, columns, channels);
        TileColumns = (columns + TileTransform.Columns - 1) / TileTransform.Columns;
        Pitch = ((TileColumns * TileTransform.Columns) + 2) * channels;
        _levels = new short[(((rows + TileTransform.MostRows - 1) / TileTransform.MostRows * TileTransform.MostRows) + 2) * Pitch];
        _repeats = new bool[rows];
    }

    private LevelImage(LevelImage of, int first, int rows)
    {
        (Rows, Columns, Channels) = (rows, of.Columns, of.Channels);
        (TileColumns, Pitch) = (of.TileColumns, of.Pitch);
        (_levels, _repeats, _first) = (of._levels, new bool[rows], first);
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Channels { get; }

    /// <summary>Tiles beside each other.</summary>
    public int TileColumns { get; }

    /// <summary>From a row to the next, in levels.</summary>
    public int Pitch { get; }

    /// <summary>For each row whether it is known to be the same as the one before it.</summary>
    public Span<bool> Repeats => _repeats;

    /// <summary>All levels from a place on, zeros around the image included.</summary>
    /// <param name="row">−1 is the row of zeros in front.</param>
    /// <param name="column">−1 is the column of zeros in front.</param>
    public Span<short> From(int row, int column) => _levels.AsSpan(((row + _first + 1) * Pitch) + ((column + 1) * Channels));

    /// <summary>The channels of a place.</summary>
    public Span<short> At(int row, int column) => From(row, column)[..Channels];

    /// <summary>Copies a row from the one before it.</summary>
    public void Repeat(int row) => From(row - 1, 0)[..(Columns * Channels)].CopyTo(From(row, 0));

    /// <summary>The row in front of the image, and its first.</summary>
    public Span<short> RowsInFront => _levels.AsSpan(0, 2 * Pitch);

    /// <summary>The last row, and the one behind the image.</summary>
    public Span<short> RowsAtEnd => _levels.AsSpan(Rows * Pitch, 2 * Pitch);

    /// <summary>The same memory as an image whose first row is the second of this one, and its last the one behind this one's.</summary>
    public LevelImage OneRowOn() => new(this, _first + 1, Rows);

    /// <summary>The same memory as an image of the first rows. What lies behind them makes no difference to what is read of them.</summary>
    public LevelImage OfRows(int rows) => new(this, _first, rows);

    /// <summary>
    /// Says which rows are the same as the one before them, if each is made of a run of rows that are followed by others of
    /// another image.
    /// </summary>
    /// <param name="source">For each row of that other image whether it is the same as the one before.</param>
    /// <param name="reach">How many rows before and behind its own ones a convolution reads.</param>
    public void RepeatsAfter(ReadOnlySpan<bool> source, int reach)
    {
        for (var row = 0; row < Rows; row++)
        {
            // Two rows of the convolution become one here; this one and the one before read this many rows of the source.
            var (first, last) = ((2 * row) - 2 - reach, (2 * row) + 1 + reach);
            Repeats[row] = first >= 0 && last < source.Length && !source[(first + 1)..(last + 1)].Contains(false);
        }
    }
}
