using System.Text.Json.Nodes;
using SernetStream.Dsp;

namespace SernetStream.Inference.Tests;

public class ModelCardTests
{
    public static TheoryData<string, string?, string> Faults() => new()
    {
        { "colour", "\"red\"", "colour" },
        { "labels", null, "labels" },
        { "labels", "[\"anger\"]", "labels has 1 entries" },
        { "labels", "[\"anger\",\"anger\"]", "twice" },
        { "labels", "[\"anger\",\"unknown\"]", "the daemon itself says" },
        { "schema", "2", "schema is 2" },
        { "sha256", "\"abc\"", "sha256 must be 64" },
        { "file", "\"../x.onnx\"", "plain file name" },
        { "temperature", "0", "temperature is 0" },
        { "temperature", "\"warm\"", "line" },
        { "precision", "\"int4\"", "fp32, fp16, int8" },
        { "input", "{\"name\":\"mfcc\",\"layout\":\"NHWC\"}", "input.layout is 'NHWC'" },
        { "output", "{\"name\":\"p\",\"kind\":\"scores\"}", "output.kind is 'scores'" },
        { "frontEnd", "{\"preset\":\"mp3\"}", "frontEnd.preset is 'mp3'" },
        { "frontEnd", "{}", "name of a preset" },
        { "frontEnd", "{\"preset\":\"light-sernet\",\"mels\":3}", "frontEnd.mels is not a field" },
        { "frontEnd", "{\"preset\":\"light-sernet\",\"melBands\":\"many\"}", "wrong type" },
        { "frontEnd", "{\"preset\":\"light-sernet\",\"highHz\":9000}", "half the sample rate" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_wrong_card_is_refused_with_a_sentence(string key, string? value, string because)
    {
        var card = JsonNode.Parse(ModelCatalog.BuiltIn[0].Json)!.AsObject();
        card.Remove(key);
        if (value is not null)
        {
            card[key] = JsonNode.Parse(value);
        }

        var error = Assert.Throws<ModelException>(() => ModelCard.Parse(card.ToJsonString(), "mine.json"));
        Assert.Equal(ModelError.BadCard, error.Error);
        Assert.Contains("mine.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SernetStream.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    public void Text_that_is_no_card_is_refused(string text)
    {
        var error = Assert.Throws<ModelException>(() => ModelCard.Parse(text, "mine.json"));
        Assert.Equal(ModelError.BadCard, error.Error);
    }

    [Fact]
    public void Fields_that_differ_from_the_preset_are_taken()
    {
        var card = JsonNode.Parse(ModelCatalog.BuiltIn[0].Json)!.AsObject();
        card["frontEnd"] = JsonNode.Parse(
            """
            {"preset":"light-sernet-paper","sampleRate":22050,"frameLength":800,"hopLength":200,"fftLength":2048,
             "window":"hann","spectrum":"magnitude","melBands":64,"lowHz":50,"highHz":8000,"logOffset":0.001,
             "coefficients":20,"coefficientLimit":5,"level":"none","segmentSeconds":7,
             "output":"log-mel","framing":"centred-reflect","melScale":"slaney","melSlope":"hertz",
             "melNorm":"area","log":"decibel","topDb":70,"dct":"orthonormal"}
            """);
        var expected = FrontEndOptions.LightSernetPaper with
        {
            SampleRate = 22050,
            FrameLength = 800,
            HopLength = 200,
            FftLength = 2048,
            Taper = TaperKind.Hann,
            Spectrum = SpectrumKind.Magnitude,
            MelBands = 64,
            LowHz = 50,
            HighHz = 8000,
            LogOffset = 0.001,
            Coefficients = 20,
            CoefficientLimit = 5,
            Level = LevelKind.None,
            SegmentSeconds = 7,
            Output = FeatureKind.LogMel,
            Framing = FramingKind.CentredReflect,
            MelScale = MelScaleKind.Slaney,
            MelSlope = MelSlopeKind.Hertz,
            MelNorm = MelNormKind.Area,
            Log = LogKind.Decibel,
            TopDb = 70,
            Dct = DctKind.Orthonormal,
        };
        Assert.Equal(expected, ModelCard.Parse(card.ToJsonString(), "mine.json").FrontEnd);
    }
}
