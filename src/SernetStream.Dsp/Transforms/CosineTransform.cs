using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The first K coefficients of the DCT-II of M numbers, c[k] = s[k] · Σ x[n]·cos(πk(2n + 1)/2M), with
/// s[k] = √(2/M); the orthonormal kind has s[0] = √(1/M).
/// </summary>
/// <remarks>
/// The even rows of the matrix are symmetric about its middle and the odd ones antisymmetric, so the input is folded
/// to sums and differences of half the length first, which halves the multiplications. The rest is a matrix product
/// whose lanes are coefficients: three vectors of even and three of odd ones at a time, so that no multiply-add waits
/// for the one before it. Every coefficient is summed in the order of the input, whatever the width. Instances keep
/// scratch memory: one thread each.
/// </remarks>
public sealed class CosineTransform
{
    private const int VectorsInBlock = 3;

    private readonly int _bands;
    private readonly int _folded;
    private readonly bool _isVector;
    private readonly float _limit;
    private readonly float[][] _rows;
    private readonly float[] _blocks;
    private readonly int _blockCount;
    private readonly float[] _sums;
    private readonly float[] _differences;
    private readonly float[] _interleaved;

    /// <summary>Computes the matrix.</summary>
    /// <param name="bands">M, from 1 on.</param>
    /// <param name="coefficients">K, 1..M.</param>
    /// <param name="kind">How the rows are scaled.</param>
    /// <param name="limit">Coefficients are clipped to ± this.</param>
    /// <param name="mode">Which implementation runs.</param>
    public CosineTransform(
        int bands,
        int coefficients,
        DctKind kind,
        float limit = float.PositiveInfinity,
        SimdMode mode = SimdMode.Fastest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bands, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(coefficients, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coefficients, bands);
        _bands = bands;
        _folded = (bands + 1) / 2;
        _limit = limit;
        _isVector = mode.IsVector();
        _rows = [.. Enumerable.Range(0, coefficients).Select(k => Row(bands, k, kind))];

        var lanesInBlock = VectorsInBlock * Vector<float>.Count;
        _blockCount = (((coefficients + 1) / 2) + lanesInBlock - 1) / lanesInBlock;
        _blocks = new float[_blockCount * _folded * 2 * lanesInBlock];
        _sums = new float[_folded];
        _differences = new float[_folded];
        _interleaved = new float[_blockCount * 2 * lanesInBlock];
        for (var k = 0; k < coefficients; k++)
        {
            var (block, lane) = (k / 2 / lanesInBlock, (k / 2 % lanesInBlock) + (k % 2 * lanesInBlock));
            for (var n = 0; n < _folded; n++)
            {
                _blocks[(((block * _folded) + n) * 2 * lanesInBlock) + lane] = _rows[k][n];
            }
        }
    }

    /// <summary>Writes the coefficients.</summary>
    /// <param name="input">M numbers.</param>
    /// <param name="coefficients">K numbers.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(ReadOnlySpan<float> input, Span<float> coefficients)
    {
        if (input.Length != _bands || coefficients.Length != _rows.Length)
        {
            throw new ArgumentException($"This cosine transform takes {_bands} numbers and gives {_rows.Length}.");
        }

        Fold(input);
        if (_isVector)
        {
            for (var block = 0; block < _blockCount; block++)
            {
                Multiply(block);
            }

            _interleaved.AsSpan(0, coefficients.Length).CopyTo(coefficients);
        }
        else
        {
            MultiplyScalars(coefficients);
        }
    }

    private static float[] Row(int bands, int k, DctKind kind)
    {
        var scale = Math.Sqrt((kind == DctKind.Orthonormal && k == 0 ? 1.0 : 2.0) / bands);
        return [.. Enumerable.Range(0, bands).Select(n =>
            (float)(scale * Math.Cos(Math.PI * ((long)k * ((2 * n) + 1) % (4L * bands)) / (2.0 * bands))))];
    }

    private void MultiplyScalars(Span<float> coefficients)
    {
        for (var k = 0; k < _rows.Length; k++)
        {
            var (row, folded) = (_rows[k], k % 2 == 0 ? _sums : _differences);
            var sum = 0f;
            for (var n = 0; n < folded.Length; n++)
            {
                sum += row[n] * folded[n];
            }

            coefficients[k] = Math.Clamp(sum, -_limit, _limit);
        }
    }

    private void Fold(ReadOnlySpan<float> input)
    {
        ref var x = ref MemoryMarshal.GetReference(input);
        ref var sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        ref var differences = ref MemoryMarshal.GetArrayDataReference(_differences);
        var n = 0;
        for (; _isVector && n + Vector<float>.Count <= _bands / 2; n += Vector<float>.Count)
        {
            var front = VectorExtensions.Load(ref x, n);
            var back = VectorExtensions.Reverse(VectorExtensions.Load(ref x, _bands - n - Vector<float>.Count));
            VectorExtensions.Store(front + back, ref sums, n);
            VectorExtensions.Store(front - back, ref differences, n);
        }

        for (; n < _bands / 2; n++)
        {
            _sums[n] = input[n] + input[_bands - 1 - n];
            _differences[n] = input[n] - input[_bands - 1 - n];
        }

        if (n < _folded)
        {
            // The one in the middle has no partner; the odd rows are zero there.
            _sums[n] = input[n];
            _differences[n] = 0;
        }
    }

    private void Multiply(int block)
    {
        var width = Vector<float>.Count;
        var zero = Vector<float>.Zero;
        var (even0, even1, even2, odd0, odd1, odd2) = (zero, zero, zero, zero, zero, zero);
        ref var row = ref _blocks[block * _folded * 2 * VectorsInBlock * width];
        ref var sums = ref MemoryMarshal.GetArrayDataReference(_sums);
        ref var differences = ref MemoryMarshal.GetArrayDataReference(_differences);
        for (var n = 0; n < _folded; n++)
        {
            var (sum, difference) = (new Vector<float>(Unsafe.Add(ref sums, n)), new Vector<float>(Unsafe.Add(ref differences, n)));
            even0 += VectorExtensions.Load(ref row, 0) * sum;
            even1 += VectorExtensions.Load(ref row, width) * sum;
            even2 += VectorExtensions.Load(ref row, 2 * width) * sum;
            odd0 += VectorExtensions.Load(ref row, 3 * width) * difference;
            odd1 += VectorExtensions.Load(ref row, 4 * width) * difference;
            odd2 += VectorExtensions.Load(ref row, 5 * width) * difference;
            row = ref Unsafe.Add(ref row, 2 * VectorsInBlock * width);
        }

        var start = block * 2 * VectorsInBlock * width;
        Interleave(even0, odd0, start);
        Interleave(even1, odd1, start + (2 * width));
        Interleave(even2, odd2, start + (4 * width));
    }

    /// <summary>Stores coefficients 0, 2, 4… and 1, 3, 5… in turn: as the halves of integers twice as wide.</summary>
    private void Interleave(Vector<float> even, Vector<float> odd, int start)
    {
        Vector.Widen(Clipped(even).As<float, uint>(), out var evenLow, out var evenHigh);
        Vector.Widen(Clipped(odd).As<float, uint>(), out var oddLow, out var oddHigh);
        (evenLow | (oddLow << 32)).As<ulong, float>().CopyTo(_interleaved, start);
        (evenHigh | (oddHigh << 32)).As<ulong, float>().CopyTo(_interleaved, start + Vector<float>.Count);
    }

    private Vector<float> Clipped(Vector<float> value) =>
        Vector.Max(new Vector<float>(-_limit), Vector.Min(new Vector<float>(_limit), value));
}
