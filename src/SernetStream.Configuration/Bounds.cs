using System.Globalization;
using System.Text.Json;

namespace SernetStream.Configuration;

/// <summary>Where a number lies. A bound that is infinite is none.</summary>
internal readonly record struct Bounds(double Min, double Max, bool MinIncluded = true)
{
    /// <summary>Above a bound that is itself not included.</summary>
    public static Bounds Above(double min, double max = double.PositiveInfinity) => new(min, max, MinIncluded: false);

    /// <summary>Whether a number lies within; NaN and the infinities never do.</summary>
    public bool Hold(double value) =>
        double.IsFinite(value) && (MinIncluded ? value >= Min : value > Min) && value <= Max;

    public override string ToString()
    {
        var max = Max.ToString(CultureInfo.InvariantCulture);
        var min = Min.ToString(CultureInfo.InvariantCulture);
        return (MinIncluded, double.IsFinite(Max)) switch
        {
            (true, true) => $"{min}..{max}",
            (true, false) => $"at least {min}",
            (false, true) => $"greater than {min}, at most {max}",
            _ => $"greater than {min}",
        };
    }

    public void WriteSchema(Utf8JsonWriter writer)
    {
        writer.WriteNumber(MinIncluded ? "minimum"u8 : "exclusiveMinimum"u8, Min);
        if (double.IsFinite(Max))
        {
            writer.WriteNumber("maximum"u8, Max);
        }
    }
}
