using System.Numerics;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// The mean of two rows of one or two columns of levels, as a level of another scale. At the end of an odd number of rows there
/// is a mean of one row only; where nothing is pooled, everywhere.
/// </summary>
/// <param name="Columns">1 or 2.</param>
/// <param name="Weight">Levels are multiplied by this before they are added.</param>
/// <param name="FactorOfAll">Makes the sum of all places a level of the new scale.</param>
/// <param name="FactorOfHalf">The same for the sum of one row; null: there are always two.</param>
/// <param name="Rows">2, or 1.</param>
internal sealed record Pool(int Columns, int Weight, float FactorOfAll, float? FactorOfHalf, int Rows = 2)
{
    /// <summary>Each level as it is.</summary>
    public static Pool None { get; } = new(Columns: 1, Weight: 1, FactorOfAll: 1, FactorOfHalf: 1, Rows: 1);

    public Vector<int> Of(Vector<int> sum, bool isHalf) =>
        Rounding.ToLevels(Vector.ConvertToSingle(sum * Weight) * new Vector<float>(isHalf ? FactorOfHalf!.Value : FactorOfAll));
}
