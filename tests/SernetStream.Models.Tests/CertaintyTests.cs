namespace SernetStream.Models.Tests;

public class CertaintyTests
{
    [Theory]
    [InlineData(new[] { 1f, 0f, 0f, 0f }, 0)]
    [InlineData(new[] { 0.25f, 0.25f, 0.25f, 0.25f }, 1)]
    [InlineData(new[] { 0.5f, 0.5f, 0f, 0f }, 0.5)]
    public void Entropy_is_a_share_of_the_largest(float[] probabilities, double expected) =>
        Assert.Equal(expected, Certainty.Entropy(probabilities), 1e-6);

    [Fact]
    public void Of_equal_labels_the_first_is_the_likeliest() => Assert.Equal(1, Certainty.Likeliest([0.2f, 0.4f, 0.4f]));

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(0.5f, null, false)]
    [InlineData(0.51f, null, true)]
    [InlineData(null, 0.5f, false)]
    [InlineData(null, 0.49f, true)]
    [InlineData(0.4f, 0.49f, true)]
    [InlineData(0.51f, 0.9f, true)]
    [InlineData(0.5f, 0.5f, false)]
    public void Either_bound_makes_it_unknown_and_the_bound_itself_is_known(float? confidence, float? entropy, bool expected) =>
        Assert.Equal(expected, new UnknownThresholds(confidence, entropy).Hold([0.5f, 0.5f, 0, 0]));
}
