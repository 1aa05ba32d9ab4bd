using SernetStream.Models.LightSernet;

namespace SernetStream.Models.Tests;

/// <summary>The fast convolution is the slow one, to the last bit.</summary>
public class TileConvolutionTests
{
    [Theory]
    [InlineData(8, 8, 32, 32, 2)]
    [InlineData(37, 16, 64, 96, 2)]
    [InlineData(23, 5, 96, 32, 1)]
    [InlineData(46, 10, 32, 64, 2)]
    [InlineData(1, 3, 32, 32, 1)]
    [InlineData(10, 8, 128, 160, 1)]
    public void It_is_the_plain_sum(int rows, int columns, int inputs, int outputs, int pooled)
    {
        var random = new Random(rows);
        var (convolution, layer, pool) = Make(random, inputs, outputs, pooled, () => (sbyte)random.Next(-63, 64));
        Check(random, convolution, layer, pool, rows, columns, () => (short)Math.Max(0, random.Next(-100, 256)));
    }

    /// <summary>Images of a few rows have tiles of two rows or one; a larger one is computed by such tiles all the same.</summary>
    [Theory]
    [InlineData(2, 2, 8, 96, 128, 1)]
    [InlineData(2, 1, 5, 32, 32, 1)]
    [InlineData(2, 7, 12, 64, 32, 2)]
    [InlineData(1, 1, 8, 128, 160, 1)]
    [InlineData(1, 3, 6, 32, 96, 1)]
    public void So_it_is_by_tiles_of_few_rows(int tileRows, int rows, int columns, int inputs, int outputs, int pooled)
    {
        var random = new Random(rows);
        var pool = tileRows == 1 ? Pool.None : new Pool(pooled, 1, 0.7f / pooled, 1.4f / pooled);
        var (convolution, layer, _) = Make(random, inputs, outputs, pool, () => (sbyte)random.Next(-63, 64), tileRows);
        Check(random, convolution, layer, pool, rows, columns, () => (short)random.Next(256));
    }

    [Theory]
    [InlineData(2, 63)]
    [InlineData(2, -63)]
    [InlineData(1, 63)]
    [InlineData(1, -63)]
    public void Nothing_goes_round_in_tiles_of_few_rows(int tileRows, int weight)
    {
        var random = new Random(1);
        var pool = tileRows == 1 ? Pool.None : new Pool(2, 1, 0.35f, 0.7f);
        var (convolution, layer, _) = Make(random, 224, 32, pool, () => (sbyte)weight, tileRows);
        Check(random, convolution, layer, pool, tileRows, 6, () => 255);
        var turn = 0;
        (convolution, layer, _) = Make(random, 224, 32, pool, () => (sbyte)(turn++ % 2 == 0 ? weight : -weight), tileRows);
        Check(random, convolution, layer, pool, tileRows, 6, () => (short)(turn++ % 3 == 0 ? 0 : 255));
    }

    [Theory]
    [InlineData(63, 255)]
    [InlineData(-63, 255)]
    public void Nothing_goes_round_with_the_largest_numbers(int weight, int level)
    {
        var random = new Random(1);
        var (convolution, layer, pool) = Make(random, 224, 32, 2, () => (sbyte)weight);
        Check(random, convolution, layer, pool, 6, 6, () => (short)level);
        var turn = 0;
        (convolution, layer, pool) = Make(random, 224, 32, 2, () => (sbyte)(turn++ % 2 == 0 ? weight : -weight));
        Check(random, convolution, layer, pool, 6, 6, () => (short)(turn++ % 3 == 0 ? 0 : level));
    }

    [Fact]
    public void Rows_that_repeat_are_copied_and_are_what_they_would_be()
    {
        var random = new Random(3);
        var (convolution, layer, pool) = Make(random, 32, 32, 2, () => (sbyte)random.Next(-63, 64));
        var image = new LevelImage(75, 8, 32);
        Fill(image, () => (short)random.Next(256));
        for (var row = 1; row < image.Rows; row++)
        {
            if (row is < 31 or > 44)
            {
                image.Repeat(row);
                image.Repeats[row] = true;
            }
        }

        var result = convolution.CreateResult(image);
        var scratch = new TileScratch(32);
        convolution.Apply(image, result, scratch);
        Assert.True(result.Repeats.Count(true) > 15);
        AssertPlain(layer, pool, image, result);
    }

    private static void Check(Random random, TileConvolution convolution, LevelLayer layer, Pool pool, int rows, int columns, Func<short> next)
    {
        var image = new LevelImage(rows, columns, layer.Inputs);
        var result = convolution.CreateResult(image);
        var scratch = new TileScratch(Math.Max(layer.Inputs, layer.Outputs));
        for (var turn = 0; turn < 2; turn++)
        {
            Fill(image, next);
            convolution.Apply(image, result, scratch);
            AssertPlain(layer, pool, image, result);
        }
    }

    private static (TileConvolution Convolution, LevelLayer Layer, Pool Pool) Make(
        Random random, int inputs, int outputs, int pooled, Func<sbyte> weight) =>
        Make(random, inputs, outputs, new Pool(pooled, 1, 0.7f / pooled, 1.4f / pooled), weight, TileTransform.MostRows);

    private static (TileConvolution Convolution, LevelLayer Layer, Pool Pool) Make(
        Random random, int inputs, int outputs, Pool pool, Func<sbyte> weight, int tileRows)
    {
        var layer = new LevelLayer(
            inputs,
            outputs,
            [.. Enumerable.Range(0, outputs * inputs * 9).Select(_ => weight())],
            [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-5000, 5000))],
            [.. Enumerable.Range(0, outputs).Select(_ => 0.0005f + (random.NextSingle() * 0.002f))]);
        return (new TileConvolution(layer, pool, tileRows), layer, pool);
    }

    private static void Fill(LevelImage image, Func<short> next)
    {
        for (var row = 0; row < image.Rows; row++)
        {
            for (var column = 0; column < image.Columns; column++)
            {
                foreach (ref var level in image.At(row, column))
                {
                    level = next();
                }
            }
        }
    }

    private static void AssertPlain(LevelLayer layer, Pool pool, LevelImage image, LevelImage result)
    {
        var levels = new int[image.Rows, image.Columns, layer.Outputs];
        for (var row = 0; row < image.Rows; row++)
        {
            for (var column = 0; column < image.Columns; column++)
            {
                for (var output = 0; output < layer.Outputs; output++)
                {
                    levels[row, column, output] = Level((Sum(layer, image, row, column, output) + layer.Bias[output]) * layer.Factors[output]);
                }
            }
        }

        for (var row = 0; row < result.Rows; row++)
        {
            var isHalf = pool.Rows == 1 || (2 * row) + 1 == image.Rows;
            for (var column = 0; column < result.Columns; column++)
            {
                for (var output = 0; output < layer.Outputs; output++)
                {
                    var sum = 0;
                    for (var place = 0; place < pool.Columns; place++)
                    {
                        sum += levels[pool.Rows * row, (column * pool.Columns) + place, output];
                        sum += isHalf ? 0 : levels[(2 * row) + 1, (column * pool.Columns) + place, output];
                    }

                    var wanted = Level(sum * pool.Weight * (isHalf ? pool.FactorOfHalf!.Value : pool.FactorOfAll));
                    Assert.Equal(wanted, result.At(row, column)[output]);
                }
            }
        }
    }

    private static int Sum(LevelLayer layer, LevelImage image, int row, int column, int output)
    {
        var sum = 0;
        for (var tap = 0; tap < 9; tap++)
        {
            var (y, x) = (row + (tap / 3) - 1, column + (tap % 3) - 1);
            if (y < 0 || x < 0 || y >= image.Rows || x >= image.Columns)
            {
                continue;
            }

            var levels = image.At(y, x);
            for (var input = 0; input < layer.Inputs; input++)
            {
                sum += levels[input] * layer.Weights[(((output * layer.Inputs) + input) * 9) + tap];
            }
        }

        return sum;
    }

    private static int Level(float value) => (int)MathF.Round(Math.Clamp(value, 0, 255), MidpointRounding.ToEven);
}
