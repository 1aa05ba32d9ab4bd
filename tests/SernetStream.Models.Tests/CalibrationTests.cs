namespace SernetStream.Models.Tests;

public class CalibrationTests
{
    [Fact]
    public void Logits_become_a_softmax()
    {
        float[] output = [1, 2, 3];
        Calibration.Apply(output, OutputKind.Logits, 1);
        Assert.Equal([0.09003057f, 0.24472847f, 0.66524096f], output, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Probabilities_at_temperature_one_are_left_as_they_are()
    {
        float[] output = [0.2f, 0.8f];
        Calibration.Apply(output, OutputKind.Probabilities, 1);
        Assert.Equal([0.2f, 0.8f], output);
    }

    [Theory]
    [InlineData(2, 1.0 / 3)]
    [InlineData(0.5, 1.0 / 17)]
    public void A_temperature_raises_odds_to_its_inverse(double temperature, double expectedFirst)
    {
        // odds 1:4 → 4^(1/T)
        float[] output = [0.2f, 0.8f];
        Calibration.Apply(output, OutputKind.Probabilities, temperature);
        Assert.Equal(expectedFirst, output[0], 1e-6);
        Assert.Equal(1, output[0] + output[1], 1e-6);
    }

    [Fact]
    public void Certainty_and_huge_logits_stay_finite()
    {
        float[] certain = [1, 0, 0];
        Calibration.Apply(certain, OutputKind.Probabilities, 3);
        float[] huge = [1000, -1000, 999];
        Calibration.Apply(huge, OutputKind.Logits, 1);
        Assert.All(certain.Concat(huge), value => Assert.InRange(value, 0, 1));
    }
}
