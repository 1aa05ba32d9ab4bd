using SernetStream.Models;
using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Pipeline.Tests.Smoothing;

public class SmootherOptionsTests
{
    private static readonly SmootherOptions Plain = new();

    [Fact]
    public void A_card_that_says_nothing_changes_nothing()
    {
        Assert.Equal(Plain, SmootherOptions.For(null));
        Assert.Equal(Plain, SmootherOptions.For(Card(null)));
        Assert.Equal(Plain, SmootherOptions.For(Card(new UnknownThresholds(null, null))));
    }

    [Theory]
    [InlineData(0.6f, 0.8f, 0.35f)]
    [InlineData(0.3f, null, 0.3f)]
    [InlineData(null, 0.8f, 0.35f)]
    public void The_thresholds_of_the_card_are_the_smoothers(float? confidence, float? entropy, float leave)
    {
        var options = SmootherOptions.For(Card(new UnknownThresholds(confidence, entropy)));
        options.Validate();
        Assert.Equal(
            Plain with { Enter = confidence ?? Plain.Enter, MaxEntropy = entropy ?? Plain.MaxEntropy, Leave = leave }, options);
    }

    private static ModelCard Card(UnknownThresholds? unknown) =>
        ModelCatalog.CardOf(ModelCatalog.Default) with { Unknown = unknown };
}
