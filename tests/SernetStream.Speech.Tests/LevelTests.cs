using SernetStream.Speech.Silero;

namespace SernetStream.Speech.Tests;

/// <summary>The integers of the speech detector.</summary>
public class LevelTests
{
    [Fact]
    public void No_sum_of_the_network_leaves_32_bits_whatever_is_heard()
    {
        var weights = SileroWeights.Shared;
        Assert.All([.. weights.Layers.Select(layer => layer.Weights), weights.GatesOfInput, weights.GatesOfOutput], AssertFits);
    }

    [Theory]
    [InlineData(1e-15f)]
    [InlineData(0.003f)]
    [InlineData(0.9999999f)]
    [InlineData(1)]
    [InlineData(1e30f)]
    public void The_unit_follows_the_largest(float largest)
    {
        float[] values = [.. Enumerable.Range(-20, 41).Select(n => n / 20f * largest)];
        foreach (var isVector in new[] { true, false })
        {
            var unit = Levels.UnitOf(values, 13, isVector);
            var levels = new short[values.Length];
            Levels.Round(values, unit, levels, isVector);

            Assert.Equal(0, BitConverter.SingleToInt32Bits(unit) & 0x7FFFFF);
            Assert.InRange(levels[^1], 1 << 12, 1 << 13);
            Assert.All(values.Zip(levels), both => Assert.Equal(both.First, both.Second * unit, unit / 2));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_number_has_no_unit(float value)
    {
        float[] values = [.. new float[20], value, .. new float[20]];
        foreach (var isVector in new[] { true, false })
        {
            Assert.Equal(float.NaN, Levels.UnitOf(values, 13, isVector));
            Assert.Equal(float.NaN, Levels.UnitOf(Array.ConvertAll(values, value => -value), 13, isVector));
        }
    }

    [Fact]
    public void Silence_is_zero()
    {
        var levels = new short[40];
        Array.Fill(levels, (short)7);
        Levels.Round(new float[40], Levels.UnitOf(new float[40], 14, isVector: true), levels, isVector: true);
        Assert.All(levels, level => Assert.Equal(0, level));
    }

    private static void AssertFits(LevelMatrix matrix)
    {
        for (var output = 0; output < matrix.Shape.Outputs; output++)
        {
            var (above, below) = (0L, 0L);
            for (var tap = 0; tap < matrix.Shape.Taps; tap++)
            {
                for (var input = 0; input < matrix.Shape.Inputs; input++)
                {
                    long weight = matrix.Weights[matrix.Shape.PlaceOf(tap, input, output)];
                    (above, below) = (above + Math.Max(weight, 0), below - Math.Min(weight, 0));
                }
            }

            var most = (matrix.Shape.IsSigned ? above + below : Math.Max(above, below)) << matrix.Shape.InputBits;
            Assert.InRange(most, 1, int.MaxValue);
        }
    }
}
