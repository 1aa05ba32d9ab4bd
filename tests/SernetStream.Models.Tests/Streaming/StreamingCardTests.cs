using System.Text.Json.Nodes;
using SernetStream.Testing;

namespace SernetStream.Models.Tests.Streaming;

public sealed class StreamingCardTests(StepsModel steps) : IClassFixture<StepsModel>
{
    private const string Sum = "{\"input\":\"sum\",\"output\":\"sum_out\",\"shape\":[1,40]}";

    public static TheoryData<string, string?, string> Faults() => new()
    {
        { "streaming", null, "input.layout is 'steps' where there is streaming" },
        { "input", "{\"name\":\"features\",\"layout\":\"NTC\"}", "input.layout is 'steps' where there is streaming" },
        { "streaming", $"{{\"frames\":0,\"states\":[{Sum}]}}", "streaming.frames is 0; it must be 1..46" },
        { "streaming", $"{{\"frames\":47,\"states\":[{Sum}]}}", "streaming.frames is 47; it must be 1..46" },
        { "streaming", "{\"frames\":8,\"states\":[]}", "streaming.states is empty" },
        { "streaming", $"{{\"frames\":8,\"states\":[{Sum},{Sum}]}}", "names a tensor twice" },
        { "streaming", "{\"frames\":8,\"states\":[{\"input\":\"sum\",\"output\":\"sum_out\",\"shape\":[1,0]}]}", "the shape of sum is [1, 0]" },
        { "streaming", "{\"frames\":8,\"states\":[{\"input\":\"sum\",\"shape\":[1,40]}]}", "output" },
        { "frontEnd", "{\"preset\":\"light-sernet\"}", "level 'none', framing 'whole' and no topDb" },
        { "frontEnd", "{\"preset\":\"light-sernet\",\"level\":\"none\",\"framing\":\"centred-zero\"}", "level 'none', framing 'whole' and no topDb" },
        { "voice", "{\"input\":\"voice\",\"output\":\"voiceAfter\",\"size\":3}", "voice and streaming do not go together" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_wrong_card_is_refused_with_a_sentence(string key, string? value, string because)
    {
        var error = Assert.Throws<ModelException>(() => ModelCard.Parse(Changed(key, value), "mine.json"));
        Assert.Equal(ModelError.BadCard, error.Error);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SernetStream.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"input\":\"sum\",\"output\":\"sum_out\",\"shape\":[1,41]}", "its state 'sum' has the shape [1, 41]; in the model it has [1, 40]")]
    [InlineData("{\"input\":\"sums\",\"output\":\"sum_out\",\"shape\":[1,40]}", "the card names its state 'sums', the model has")]
    [InlineData(Sum, "the model also reads 'count', which the card does not name")]
    public void A_model_with_other_states_is_refused(string state, string because)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.ChangeExtension(steps.Card, "onnx"), folder.PathOf("steps.onnx"));
        var card = folder.Write("steps.json", Changed("streaming", $"{{\"frames\":8,\"states\":[{state}]}}"));
        var error = Assert.Throws<ModelException>(() => EmotionModel.Load(card));
        Assert.Equal(ModelError.ShapeMismatch, error.Error);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_says_what_is_remembered()
    {
        var streaming = ModelCard.Parse(File.ReadAllText(steps.Card), "steps.json").Streaming!;
        Assert.Equal(8, streaming.Frames);
        Assert.Equal(["sum", "count", "last"], streaming.States.Select(state => state.InputName));
        Assert.Equal([true, true, false], streaming.States.Select(state => state.Forgets));
    }

    private string Changed(string key, string? value)
    {
        var card = JsonNode.Parse(File.ReadAllText(steps.Card))!.AsObject();
        card.Remove(key);
        if (value is not null)
        {
            card[key] = JsonNode.Parse(value);
        }

        return card.ToJsonString();
    }
}
