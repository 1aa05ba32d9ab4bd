using System.Globalization;
using System.Text.RegularExpressions;
using SernetStream.Testing;

namespace SernetStream.Models.Tests;

public partial class ArousalScaleTests
{
    private static readonly ModelCard Card = ModelCatalog.CardOf("light-sernet-emodb-int8") with { Labels = ["anger", "sadness", "neutral"] };

    [Theory]
    [InlineData(1, 0, 0, 0.9)]
    [InlineData(0, 1, 0, 0.25)]
    [InlineData(0.5, 0.3, 0.2, 0.45 + 0.075 + 0.08)]
    public void It_is_the_expectation_over_the_table(float anger, float sadness, float neutral, double expected) =>
        Assert.Equal(expected, new ArousalScale(Card).Expectation([anger, sadness, neutral])!.Value, 1e-6);

    [Fact]
    public void What_the_card_says_goes_first()
    {
        var scale = new ArousalScale(Card with { Arousal = new Dictionary<string, float> { ["anger"] = 1 } });
        Assert.Equal((0.5 * 1) + (0.5 * 0.25), scale.Expectation([0.5f, 0.5f, 0])!.Value, 1e-6);
    }

    [Fact]
    public void A_label_without_a_number_makes_it_unknown_unless_the_card_has_one()
    {
        var strange = Card with { Labels = ["anger", "pride"] };
        Assert.Null(new ArousalScale(strange).Expectation([1, 0]));
        var told = strange with { Arousal = new Dictionary<string, float> { ["pride"] = 0.7f } };
        Assert.Equal(0.7, new ArousalScale(told).Expectation([0, 1])!.Value, 1e-6);
    }

    [Fact]
    public void Of_silence_nothing_is_said() => Assert.Null(new ArousalScale(Card).Expectation([0, 0, 0]));

    [Fact]
    public void The_documented_table_is_this_one()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "user", "mqtt.md"));
        var arousal = page[page.IndexOf("### Arousal", StringComparison.Ordinal)..page.IndexOf("### Health", StringComparison.Ordinal)];
        var documented = Entry().Matches(arousal).ToDictionary(
            entry => entry.Groups[1].Value, entry => float.Parse(entry.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.Equal(ArousalScale.Table.OrderBy(entry => entry.Key), documented.OrderBy(entry => entry.Key));
    }

    [GeneratedRegex(@"\| `([a-z]+)` \| ([0-9.]+) ")]
    private static partial Regex Entry();
}
