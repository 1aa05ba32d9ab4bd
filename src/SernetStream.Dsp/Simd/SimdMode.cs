using System.Numerics;

namespace SernetStream.Dsp.Simd;

/// <summary>
/// Which implementation of the inner loops runs. Each is written twice: for <see cref="Vector{T}"/>, which is as wide as
/// the machine's registers (128 bits on Arm, 256 or 512 on x64), and plainly, one number after the other. Both give the
/// same to the bit, whatever the width: they add in one order, and never round a product and a sum at once.
/// </summary>
public enum SimdMode
{
    /// <summary>Vectors, where the processor and the runtime have them; elsewhere scalars.</summary>
    Fastest,

    /// <summary>One number after the other: the scalar reference that tests and benchmarks compare with.</summary>
    Scalar,
}

internal static class SimdModes
{
    public static bool IsVector(this SimdMode mode) =>
        mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;
}
