using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The passes of <see cref="LaneFft{T}"/> for AVX2 and AVX-512 (<c>passes.c</c>), which the native program for x64 holds: its own
/// vectors have 128 bits on every processor (ADR 12). They compute four frames at once, the same to the bit.
/// </summary>
internal static unsafe partial class WidePasses
{
    private const string Switch = "SernetStream.WideKernels";

    /// <summary>A table of functions, in the order of choose.c.</summary>
    private static readonly void** Passes = AppContext.TryGetSwitch(Switch, out var isLinked) && isLinked ? Find() : null;

    /// <summary>Whether this program has them, and this processor can run them.</summary>
    public static bool AreThere => Passes is not null;

    /// <summary>Whether they are what runs on these lanes.</summary>
    public static bool AreFor<T>()
        where T : struct, ILanes<T> => typeof(T) == typeof(FourLanes) && AreThere;

    public static void SplitSamples(
        ref float samples, int[] places, double[] taper, double[] turns, int eighth, ref double work, ref double re, ref double im,
        ref double re2, ref double im2)
    {
        fixed (float* samplesStart = &samples)
        {
            fixed (int* placesStart = places)
            {
                fixed (double* taperStart = taper, turnsStart = turns, workStart = &work, reStart = &re, imStart = &im)
                {
                    fixed (double* reStart2 = &re2, imStart2 = &im2)
                    {
                        ((delegate* unmanaged<float*, int*, double*, double*, int, double*, double*, double*, double*, double*, void>)Passes[0])(
                            samplesStart, placesStart, taperStart, turnsStart, eighth, workStart, reStart, imStart, reStart2, imStart2);
                    }
                }
            }
        }
    }

    public static void Split(ref double work, int quarter, double[] turns, ref double re, ref double im)
    {
        fixed (double* workStart = &work, turnsStart = turns, reStart = &re, imStart = &im)
        {
            ((delegate* unmanaged<double*, int, double*, double*, double*, void>)Passes[1])(workStart, quarter, turnsStart, reStart, imStart);
        }
    }

    /// <summary>A pass of radix 4 or 8.</summary>
    public static void Run(int radix, ref double re, ref double im, int size, int length, double[] turns)
    {
        fixed (double* reStart = &re, imStart = &im, turnsStart = turns)
        {
            ((delegate* unmanaged<double*, double*, int, int, double*, void>)Passes[radix == 4 ? 2 : 3])(
                reStart, imStart, size, length, turnsStart);
        }
    }

    /// <summary>The last pass, of radix 2 or 4, and the powers.</summary>
    public static void Finish(int radix, ref double re, ref double im, int[] places, ref float power)
    {
        fixed (double* reStart = &re, imStart = &im)
        {
            fixed (int* placesStart = places)
            {
                fixed (float* powerStart = &power)
                {
                    ((delegate* unmanaged<int, double*, double*, int*, int, float*, void>)Passes[4])(
                        radix, reStart, imStart, placesStart, places.Length, powerStart);
                }
            }
        }
    }

    [LibraryImport("sernet-kernels", EntryPoint = "sernet_passes")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory)]
    private static partial void** Find();
}
