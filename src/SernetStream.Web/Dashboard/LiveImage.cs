namespace SernetStream.Web.Dashboard;

/// <summary>
/// What the model sees, as a picture: the newest frames' log energies, a byte a band. One thread writes, another takes
/// the new columns; what is not taken in time is overwritten.
/// </summary>
internal sealed class LiveImage
{
    /// <summary>Bands of the picture; neighbours of the front end's are joined.</summary>
    public const int Rows = 64;

    /// <summary>Frames that are kept: a second.</summary>
    public const int Columns = 64;

    // Of ln(energy): a quiet room and a loud voice, for magnitudes of a 1024-point transform.
    private const float Darkest = -5.5f;
    private const float Brightest = 3.5f;

    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[Rows * Columns];
    private int _next;
    private int _count;

    /// <summary>Adds a frame.</summary>
    public void Add(ReadOnlySpan<float> energies)
    {
        lock (_gate)
        {
            var column = _ring.AsSpan(_next * Rows, Rows);
            for (var row = 0; row < Rows; row++)
            {
                var from = row * energies.Length / Rows;
                var to = Math.Max(from + 1, (row + 1) * energies.Length / Rows);
                var largest = 0f;
                for (var band = from; band < to && band < energies.Length; band++)
                {
                    largest = Math.Max(largest, energies[band]);
                }

                var shade = (MathF.Log(largest + 1e-6f) - Darkest) / (Brightest - Darkest);
                column[row] = (byte)(Math.Clamp(shade, 0, 1) * byte.MaxValue);
            }

            _next = (_next + 1) % Columns;
            _count = Math.Min(_count + 1, Columns);
        }
    }

    /// <summary>Overwrites all frames.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_ring);
            _count = 0;
        }
    }

    /// <summary>Takes the frames that are new, oldest first.</summary>
    /// <param name="columns">At least rows × columns bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public int Take(Span<byte> columns)
    {
        lock (_gate)
        {
            var length = _count * Rows;
            for (var i = 0; i < _count; i++)
            {
                var column = (_next - _count + i + Columns) % Columns;
                _ring.AsSpan(column * Rows, Rows).CopyTo(columns[(i * Rows)..]);
            }

            _count = 0;
            return length;
        }
    }
}
