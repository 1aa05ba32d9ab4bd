using System.Runtime.InteropServices;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// The inner loops for AVX2 and AVX-512 (<c>Kernels/kernels.c</c>), which the native program for x64 holds: its own vectors have 128
/// bits on every processor (ADR 12). They compute the same to the bit.
/// </summary>
internal static unsafe partial class WideKernels
{
    private const string Switch = "SernetStream.WideKernels";

    /// <summary>A table of functions, in the order of choose.c.</summary>
    private static readonly void** Kernels = AppContext.TryGetSwitch(Switch, out var isLinked) && isLinked ? Find() : null;

    /// <summary>Whether this program has them, and this processor can run them.</summary>
    public static bool AreThere => Kernels is not null;

    /// <summary>The function at a place of the table.</summary>
    public static void* At(int place) => Kernels[place];

    /// <summary><see cref="PairProduct.Multiply"/>, for several pairs of matrices.</summary>
    public static void Multiply(
        int count, ReadOnlySpan<short> left, int leftStep, int rows, ReadOnlySpan<short> right, int columns, int inner, Span<int> sums, int sumsStep)
    {
        fixed (short* leftStart = left, rightStart = right)
        {
            fixed (int* sumsStart = sums)
            {
                ((delegate* unmanaged<int, short*, int, int, short*, int, int, int, int*, int, void>)Kernels[0])(
                    count, leftStart, leftStep, rows, rightStart, inner * columns, columns, inner, sumsStart, sumsStep);
            }
        }
    }

    /// <summary><see cref="TileTransform.OfInputs"/>, for all channels.</summary>
    public static void Inputs(int rows, ReadOnlySpan<short> patch, int pitch, int channels, Span<short> points, int step)
    {
        fixed (short* patchStart = patch, pointsStart = points)
        {
            ((delegate* unmanaged<int, short*, int, int, short*, int, void>)Kernels[1])(rows, patchStart, pitch, channels, pointsStart, step);
        }
    }

    /// <summary>The levels of a tile, pooled, for all channels.</summary>
    /// <param name="tileRows">Of the tile.</param>
    /// <param name="products">Of the tile; its first point.</param>
    /// <param name="step">From a point to the next.</param>
    /// <param name="layer">What computes them.</param>
    /// <param name="pool">What pools them.</param>
    /// <param name="rows">Of those of the tile, that are in the image.</param>
    /// <param name="columns">Of the pooled tile that are in it.</param>
    /// <param name="to">Where the first goes.</param>
    /// <param name="pitch">From a row to the next there.</param>
    public static void Results(
        int tileRows, ReadOnlySpan<int> products, int step, LevelLayer layer, Pool pool, int rows, int columns, Span<short> to, int pitch)
    {
        fixed (int* productsStart = products, bias = layer.Bias)
        {
            fixed (float* factors = layer.Factors)
            {
                fixed (short* toStart = to)
                {
                    ((delegate* unmanaged<int, int*, int, int, int*, float*, int, int, int, int, float, float, short*, int, void>)Kernels[2])(
                        tileRows, productsStart, step, layer.Outputs, bias, factors, rows, columns, pool.Columns, pool.Weight, pool.FactorOfAll,
                        pool.FactorOfHalf ?? 0, toStart, pitch);
                }
            }
        }
    }

    /// <summary>A path of <see cref="FirstPaths"/>, for places of a row that have a column beside them.</summary>
    public static void Path(
        ref readonly float input, int pitch, bool hasBelow, int[] offsets, float[] weights, float[] bias, int places, float factor, ref short to, int step)
    {
        fixed (float* inputStart = &input, weightsStart = weights, biasStart = bias)
        {
            fixed (int* offsetsStart = offsets)
            {
                fixed (short* toStart = &to)
                {
                    ((delegate* unmanaged<float*, int, int, int*, int, float*, float*, int, int, float, short*, int, void>)Kernels[3])(
                        inputStart, pitch, hasBelow ? 1 : 0, offsetsStart, offsets.Length, weightsStart, biasStart, bias.Length, places, factor, toStart, step);
                }
            }
        }
    }

    [LibraryImport("sernet-kernels", EntryPoint = "sernet_kernels")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static partial void** Find();
}
