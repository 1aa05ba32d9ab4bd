using SernetStream.Models.LightSernet;

namespace SernetStream.Speech.Silero;

/// <summary>
/// The inner loops for AVX2 and AVX-512 (<c>silero.c</c>), which the native program for x64 holds (<see cref="WideKernels"/>). They
/// compute the same to the bit.
/// </summary>
internal static unsafe class WideSums
{
    /// <summary>Places in the table of choose.c.</summary>
    private enum Place
    {
        AddPairs = 4,
        FourFrames,
        Round,
        Finish,
        Remember,
    }

    /// <summary>Whether this program has them, and this processor can run them.</summary>
    public static bool AreThere => WideKernels.AreThere;

    /// <summary><see cref="PairSum.Add"/>.</summary>
    public static void AddPairs(ReadOnlySpan<int> inputs, ReadOnlySpan<short> weights, int step, Span<int> sums)
    {
        fixed (int* inputsStart = inputs, sumsStart = sums)
        {
            fixed (short* weightsStart = weights)
            {
                ((delegate* unmanaged<int*, int, short*, int, int, int*, void>)At(Place.AddPairs))(
                    inputsStart, inputs.Length, weightsStart, step, sums.Length, sumsStart);
            }
        }
    }

    /// <summary><see cref="Silero.FourFrames.Sum"/>.</summary>
    public static void FourFrames(LevelMatrix weights, ReadOnlySpan<short> image, Span<int> sums)
    {
        fixed (short* weightsStart = weights.Weights, imageStart = image)
        {
            fixed (int* sumsStart = sums)
            {
                ((delegate* unmanaged<short*, int, short*, int, int*, void>)At(Place.FourFrames))(
                    imageStart, weights.Shape.Pairs, weightsStart, weights.Shape.Outputs, sumsStart);
            }
        }
    }

    /// <summary><see cref="Levels.Round"/>.</summary>
    public static void Round(ReadOnlySpan<float> values, float each, Span<short> levels)
    {
        fixed (float* valuesStart = values)
        {
            fixed (short* levelsStart = levels[..values.Length])
            {
                ((delegate* unmanaged<float*, int, float, short*, void>)At(Place.Round))(valuesStart, values.Length, each, levelsStart);
            }
        }
    }

    /// <summary><see cref="LevelMatrix.Finish"/>.</summary>
    public static void Finish(
        ReadOnlySpan<int> sums, ReadOnlySpan<float> units, float unit, ReadOnlySpan<float> before, float least, Span<float> results)
    {
        fixed (int* sumsStart = sums)
        {
            fixed (float* unitsStart = units, beforeStart = before, resultsStart = results)
            {
                ((delegate* unmanaged<int*, float*, float, float*, float, float*, int, void>)At(Place.Finish))(
                    sumsStart, unitsStart, unit, beforeStart, least, resultsStart, results.Length);
            }
        }
    }

    /// <summary>The last loop of <see cref="MemoryCell.Step"/>.</summary>
    public static void Remember(ReadOnlySpan<float> gates, Span<float> remembered, Span<float> output)
    {
        fixed (float* gatesStart = gates, rememberedStart = remembered, outputStart = output)
        {
            ((delegate* unmanaged<float*, float*, float*, int, void>)At(Place.Remember))(
                gatesStart, rememberedStart, outputStart, output.Length);
        }
    }

    private static void* At(Place place) => WideKernels.At((int)place);
}
