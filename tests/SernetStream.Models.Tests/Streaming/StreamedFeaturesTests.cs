using System.Text.Json.Nodes;
using SernetStream.Models.Streaming;
using SernetStream.Testing;

namespace SernetStream.Models.Tests.Streaming;

/// <summary>The features by which a network that streams judges an utterance, for those who label it.</summary>
public sealed class StreamedFeaturesTests(StepsModel steps) : IClassFixture<StepsModel>
{
    private const int Step = StepsModel.Frames;
    private const int Width = StepsModel.Width;
    private const int Labels = 4;

    [Theory]
    [InlineData("sum", "other", "streaming.features.sum is 'other', which is not among the states")]
    [InlineData("count", "other", "streaming.features.count is 'other', which is not among the states")]
    [InlineData("count", "last", "'last', which has 40 numbers; it must be one")]
    [InlineData("deviation", "", "streaming.features.deviation holds 0 bytes; 40 numbers are 80")]
    [InlineData("moods", "?", "streaming.features.moods is not base 64")]
    [InlineData("head", "AAAA", "streaming.features.head holds 3 bytes; 160 numbers are 320")]
    public void A_card_whose_features_are_wrong_is_refused_with_a_sentence(string key, string value, string because)
    {
        var card = Card();
        card["streaming"]!["features"]![key] = value;
        var error = Assert.Throws<ModelException>(() => ModelCard.Parse(card.ToJsonString(), "mine.json"));
        Assert.Equal(ModelError.BadCard, error.Error);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deviation_of_nothing_is_refused()
    {
        var card = Card();
        card["streaming"]!["features"]!["deviation"] = Halves(new float[Width]);
        Assert.Contains(
            "not above 0", Assert.Throws<ModelException>(() => ModelCard.Parse(card.ToJsonString(), "mine.json")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_features_of_a_final_are_those_of_its_last_step_however_much_was_heard_by_then(bool keeps)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.ChangeExtension(steps.Card, "onnx"), folder.PathOf("steps.onnx"));
        using var model = EmotionModel.Load(folder.Write("steps.json", Card().ToJsonString()));
        using var classifier = model.CreateClassifier();
        using var memory = model.CreateStreamMemory()!;
        if (keeps)
        {
            memory.KeepFeatures();
        }

        var random = new Random(5);
        var frames = Enumerable.Range(0, 100 * Width).Select(_ => (random.NextSingle() * 10) - 5).ToArray();
        var window = classifier.CreateFeatures();
        frames.CopyTo(window.Span);
        foreach (var forgets in (bool[])[false, true])
        {
            memory.Forget();
            classifier.Classify(window, new StreamFrames(1, 0, 80, IsFinal: false, forgets), memory);
            AssertFeatures(10, forgets);
            classifier.Classify(window, new StreamFrames(1, 0, 45, IsFinal: true, forgets), memory);
            AssertFeatures(keeps ? 6 : 10, forgets);
        }

        void AssertFeatures(int heard, bool forgets)
        {
            var share = forgets ? Math.Exp(-Step * 256 / 48000.0) : 1;
            var (sums, count) = (new double[Width], 0.0);
            for (var frame = 0; frame < heard * Step; frame++)
            {
                var kept = frame % Step == 0 ? share : 1;
                count = (count * kept) + 1;
                for (var i = 0; i < Width; i++)
                {
                    sums[i] = (sums[i] * kept) + frames[(frame * Width) + i];
                }
            }

            var features = new float[Width];
            classifier.CopyFeatures(features);
            Assert.All(features.Index(), at => Assert.Equal(sums[at.Index] / count / 0.5, at.Item, 1e-4));
        }
    }

    /// <summary>The card of the steps, with features whose deviation is a half.</summary>
    private JsonObject Card()
    {
        var card = JsonNode.Parse(File.ReadAllText(steps.Card))!.AsObject();
        card["streaming"]!["features"] = new JsonObject
        {
            ["sum"] = "sum",
            ["count"] = "count",
            ["deviation"] = Halves([.. Enumerable.Repeat(0.5f, Width)]),
            ["moods"] = Halves(new float[Labels * Width]),
            ["head"] = Halves(new float[Labels * Width]),
        };
        return card;
    }

    private static string Halves(float[] values) =>
        Convert.ToBase64String([.. values.SelectMany(value => BitConverter.GetBytes(BitConverter.HalfToUInt16Bits((Half)value)))]);
}
