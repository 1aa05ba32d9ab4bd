using System.Numerics;
using System.Runtime.CompilerServices;

namespace SernetStream.Models.LightSernet;

/// <summary>Numbers become levels of 8 bits: the nearest of 0 to 255, the even one of two that are equally near.</summary>
internal static class Rounding
{
    /// <summary>Beyond it, floats are whole numbers: what is added to it is rounded as said above.</summary>
    private const float Whole = 8388608;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<int> ToLevels(Vector<float> values)
    {
        var clamped = Vector.Min(Vector.Max(values, Vector<float>.Zero), new Vector<float>(byte.MaxValue));
        return (clamped + new Vector<float>(Whole)).As<float, int>() - new Vector<float>(Whole).As<float, int>();
    }
}
