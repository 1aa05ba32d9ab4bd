using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SernetStream.Testing;

namespace SernetStream.Models.Tests;

public class ModelCatalogTests
{
    [Fact]
    public void Every_built_in_model_loads_and_classifies()
    {
        Assert.Contains(ModelCatalog.BuiltIn, card => card.Name == ModelCatalog.Default);
        foreach (var card in ModelCatalog.BuiltIn)
        {
            using var model = EmotionModel.Load(card.Name);
            using var classifier = model.CreateClassifier();
            var sum = 0f;
            foreach (var probability in classifier.Classify())
            {
                Assert.InRange(probability, 0, 1);
                sum += probability;
            }

            Assert.Equal(1, sum, 1e-4);
        }
    }

    [Fact]
    public void Built_in_models_are_those_their_cards_describe() =>
        Assert.All(ModelCatalog.BuiltIn, card => ModelCatalog.Check(ModelCatalog.Open(card.Name)));

    [Fact]
    public void The_int8_model_is_smaller_than_600_kilobytes() =>
        Assert.InRange(ModelCatalog.Open("light-sernet-emodb-int8").File.Length, 1, 600_000);

    [Fact]
    public void A_model_in_a_folder_is_found_by_its_card_or_its_file()
    {
        using var folder = new TemporaryFolder();
        var package = WriteModel(folder, _ => { });
        File.Copy(folder.PathOf("mine.json"), folder.PathOf(Path.ChangeExtension(package.Card.File, ".json")));
        Assert.Equal(package.File, ModelCatalog.Open(folder.PathOf("mine.json")).File);
        Assert.Equal(package.File, ModelCatalog.Open(folder.PathOf(package.Card.File)).File);
    }

    [Fact]
    public void A_name_nobody_knows_lists_those_that_are_known()
    {
        var error = Assert.Throws<ModelException>(() => ModelCatalog.Open("light-sernet-mars"));
        Assert.Equal(ModelError.NotFound, error.Error);
        Assert.Contains("light-sernet-emodb-int8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_card_or_file_is_named()
    {
        using var folder = new TemporaryFolder();
        var card = Assert.Throws<ModelException>(() => ModelCatalog.Open(folder.PathOf("mine.onnx")));
        Assert.Contains("no model card at", card.Message, StringComparison.Ordinal);

        var package = WriteModel(folder, _ => { });
        File.Delete(folder.PathOf(package.Card.File));
        var file = Assert.Throws<ModelException>(() => ModelCatalog.Open(folder.PathOf("mine.json")));
        Assert.Equal(ModelError.NotFound, file.Error);
        Assert.Contains("no model at", file.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_the_cards_is_refused()
    {
        using var folder = new TemporaryFolder();
        var package = WriteModel(folder, _ => { });
        var bytes = package.File.ToArray();
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder.PathOf(package.Card.File), bytes);
        var error = Assert.Throws<ModelException>(() => ModelCatalog.Open(folder.PathOf("mine.json")));
        Assert.Equal(ModelError.ChecksumMismatch, error.Error);
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] junk = [1, 2, 3, 4];
        WriteModel(folder, card => card["sha256"] = Convert.ToHexStringLower(SHA256.HashData(junk)), junk);
        var error = Assert.Throws<ModelException>(() => EmotionModel.Load(folder.PathOf("mine.json")));
        Assert.Equal(ModelError.NotLoadable, error.Error);
    }

    [Theory]
    [InlineData("labels", "[\"a\",\"b\",\"c\"]", "its output 'probabilities' has the shape [1, 3]; in the model it has [1, 7]")]
    [InlineData("frontEnd", "{\"preset\":\"light-sernet\",\"coefficients\":39}", "its input 'mfcc' has the shape [1, 1, 184, 39]")]
    [InlineData("frontEnd", "{\"preset\":\"light-sernet\",\"segmentSeconds\":7}", "in the model it has [1, 1, 184, 40]")]
    [InlineData("input", "{\"name\":\"mfcc\",\"layout\":\"NTC\"}", "its input 'mfcc' has the shape [1, 184, 40]")]
    [InlineData("input", "{\"name\":\"audio\",\"layout\":\"NCHW\"}", "names its input 'audio', the model has mfcc")]
    [InlineData("output", "{\"name\":\"logits\",\"kind\":\"logits\"}", "names its output 'logits'")]
    public void A_model_that_does_not_fit_its_card_is_refused(string key, string value, string because)
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder, card => card[key] = JsonNode.Parse(value));
        var error = Assert.Throws<ModelException>(() => EmotionModel.Load(folder.PathOf("mine.json")));
        Assert.Equal(ModelError.ShapeMismatch, error.Error);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Classifying_allocates_nothing()
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var classifier = model.CreateClassifier();
        Assert.Equal(0, Allocations.Of(() => classifier.Classify()));
    }

    private static ModelPackage WriteModel(TemporaryFolder folder, Action<JsonObject> change, byte[]? file = null)
    {
        var package = ModelCatalog.Open("light-sernet-emodb-int8");
        var card = JsonNode.Parse(package.Card.Json)!.AsObject();
        change(card);
        folder.Write("mine.json", card.ToJsonString());
        folder.Write(package.Card.File, file ?? package.File);
        return package;
    }
}
