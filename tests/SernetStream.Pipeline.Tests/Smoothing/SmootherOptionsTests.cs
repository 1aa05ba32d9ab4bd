using SernetStream.Models;
using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Pipeline.Tests.Smoothing;

public class SmootherOptionsTests
{
    private static readonly SmootherOptions Plain = new() { AnswersCoverUtterance = true };

    [Fact]
    public void A_card_that_says_nothing_changes_nothing()
    {
        Assert.Equal(new SmootherOptions(), SmootherOptions.For(null));
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

    [Theory]
    [InlineData(Sensitivity.Calm, 2)]
    [InlineData(Sensitivity.Normal, 5)]
    [InlineData(Sensitivity.Eager, 10)]
    public void The_sensitivity_chooses_the_threshold_of_a_card_with_points(Sensitivity sensitivity, int rate)
    {
        var card = ModelCatalog.CardOf(ModelCatalog.Default);
        var options = SmootherOptions.For(card, sensitivity);
        options.Validate();
        Assert.Equal(card.OperatingPoints!.Points.Single(point => point.FalseEmotions == rate).Threshold, options.Enter);
        Assert.Equal(SmootherOptions.For(card), SmootherOptions.For(card, Sensitivity.Normal));
        Assert.Equal(0.6f, SmootherOptions.For(Card(new UnknownThresholds(0.6f, null)), sensitivity).Enter);

        // Neutral is no emotion, so it needs no more than the card's threshold for `unknown`, or what applies without a card.
        Assert.Equal(Math.Min(options.Enter, card.Unknown?.ConfidenceBelow ?? new SmootherOptions().Enter), options.EnterOf(card.Labels.ToList().IndexOf("neutral"), double.PositiveInfinity));
        Assert.Equal(options.Enter, options.EnterOf(card.Labels.ToList().IndexOf("anger"), double.PositiveInfinity));
        Assert.True(options.EnterOf(card.Labels.ToList().IndexOf("anger"), heard: 1) > options.Enter);
    }

    [Fact]
    public void A_running_node_can_be_made_as_sensitive_as_its_card_allows()
    {
        foreach (var card in ModelCatalog.BuiltIn.Where(card => card.OperatingPoints is not null))
        {
            var lowest = SmootherOptions.For(card, Sensitivity.Eager).Enter;
            (SmootherOptions.For(card, Sensitivity.Calm) with { Enter = lowest }).Validate();
        }
    }

    [Theory]
    [InlineData("light-sernet-streaming-int8", true)]
    [InlineData("light-sernet-home-int8", false)]
    public void The_answers_of_a_network_that_streams_cover_the_utterance(string model, bool covers)
    {
        var card = ModelCatalog.CardOf(model);
        foreach (var options in new[] { SmootherOptions.For(card), SmootherOptions.For(card with { OperatingPoints = null }), SmootherOptions.For(card, 0.7f) })
        {
            Assert.Equal(covers, options.AnswersCoverUtterance);
        }

        // What was measured holds while an utterance goes on too; a threshold of the user's holds at any time.
        Assert.True(SmootherOptions.For(card).EnterOf(0, heard: 1) > SmootherOptions.For(card).Enter);
        Assert.Equal(0.7f, SmootherOptions.For(card, 0.7f).EnterOf(0, heard: 1));
    }

    private static ModelCard Card(UnknownThresholds? unknown) =>
        ModelCatalog.CardOf(ModelCatalog.Default) with { Unknown = unknown, OperatingPoints = null };
}
