using System.Numerics;
using System.Runtime.CompilerServices;

namespace SernetStream.Speech.Silero;

/// <summary>
/// The logistic function 1 / (1 + exp(−x)) and the hyperbolic tangent that follows from it, off by at most 3e-7; not a number
/// of none. The C library's would give other last bits on another processor.
/// </summary>
/// <remarks>
/// exp x = 2^n · exp r, with n the whole number nearest to x / ln 2 and a polynomial for r in ±ln 2 / 2. n · ln 2 is taken away
/// in two parts, of which the first is exact. Source of the polynomial: S. Moshier, Cephes, <c>expf</c>.
/// </remarks>
internal static class Sigmoid
{
    /// <summary>Beyond it the result is 0 or 1 as good as exactly; further on, numbers would become so small that processors are slow.</summary>
    private const float Limit = 60;

    private const int ExponentBits = 23;
    private const int ExponentBias = 127;
    private const float Log2OfE = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float P0 = 0.5f;
    private const float P1 = 0.166666657f;
    private const float P2 = 0.0416657962f;
    private const float P3 = 0.00833345205f;
    private const float P4 = 0.00139819994f;
    private const float P5 = 0.000198756912f;

    /// <summary>The logistic function of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Exponential(-x));

    /// <summary>The scalar reference.</summary>
    public static float Of(float x) => 1 / (1 + Exponential(-x));

    /// <summary>The hyperbolic tangent of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Tanh(Vector<float> x)
    {
        var half = Of(x + x);
        return (half + half) - Vector<float>.One;
    }

    /// <summary>The scalar reference.</summary>
    public static float Tanh(float x)
    {
        var half = Of(x + x);
        return (half + half) - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exponential(Vector<float> value)
    {
        var x = Vector.Min(Vector.Max(value, new Vector<float>(-Limit)), new Vector<float>(Limit));
        var n = Vector.Floor((x * new Vector<float>(Log2OfE)) + new Vector<float>(0.5f));
        var r = (x - (n * new Vector<float>(Ln2High))) - (n * new Vector<float>(Ln2Low));
        var p = Step(new Vector<float>(P5), r, P4);
        p = Step(p, r, P3);
        p = Step(p, r, P2);
        p = Step(p, r, P1);
        p = Step(p, r, P0);
        var power = Vector.ShiftLeft(Vector.ConvertToInt32Native(n) + new Vector<int>(ExponentBias), ExponentBits).As<int, float>();
        return ((p * (r * r)) + r + Vector<float>.One) * power;
    }

    private static float Exponential(float value)
    {
        var x = Math.Min(Math.Max(value, -Limit), Limit);
        if (float.IsNaN(x))
        {
            return x;
        }

        var n = MathF.Floor((x * Log2OfE) + 0.5f);
        var r = (x - (n * Ln2High)) - (n * Ln2Low);
        var p = (((((((((P5 * r) + P4) * r) + P3) * r) + P2) * r) + P1) * r) + P0;
        return ((p * (r * r)) + r + 1) * BitConverter.Int32BitsToSingle(((int)n + ExponentBias) << ExponentBits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Step(Vector<float> p, Vector<float> r, float next) => (p * r) + new Vector<float>(next);
}
