using System.Text.Json.Nodes;
using SernetStream.Dsp;

namespace SernetStream.Models.Tests;

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
        { "unknown", "{\"confidence\":0.5}", "confidence" },
        { "unknown", "{\"confidenceBelow\":0}", "unknown.confidenceBelow is 0; it must be greater than 0" },
        { "unknown", "{\"confidenceBelow\":1.5}", "unknown.confidenceBelow is 1.5" },
        { "unknown", "{\"entropyAbove\":-1}", "unknown.entropyAbove is -1" },
        { "unknown", "{\"entropyAbove\":\"high\"}", "line" },
        { "unknown", "0.5", "unknown is of the wrong type" },
        { "arousal", "{\"wrath\":0.5}", "arousal has 'wrath'" },
        { "arousal", "{\"anger\":1.01}", "arousal.anger is 1.01; it must be 0..1." },
        { "voice", "{\"input\":\"voice\",\"output\":\"voiceAfter\",\"size\":0}", "voice.size is 0; it must be greater than 0." },
        { "voice", "{\"input\":\"voice\",\"size\":9}", "output" },
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
            Taper = WindowFunction.Hann,
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

    [Fact]
    public void A_card_without_the_optional_fields_always_answers()
    {
        var card = Card(("training", """{"corpora":["mine"],"protocol":"all speakers","licence":"CC0-1.0"}"""));
        Assert.Null(card.Unknown);
        Assert.Null(card.Arousal);
        Assert.Empty(card.Training.Languages);
        Assert.False(card.Training.IsNonCommercial);
    }

    [Fact]
    public void The_optional_fields_are_read()
    {
        var card = Card(
            ("unknown", """{"confidenceBelow":0.4,"entropyAbove":0.9}"""),
            ("arousal", """{"anger":1,"neutral":0}"""),
            ("training", """{"corpora":["ravdess"],"protocol":"all speakers","licence":"CC BY-NC-SA 4.0 (RAVDESS)","languages":["English"]}"""));
        Assert.Equal(new UnknownThresholds(0.4f, 0.9f), card.Unknown);
        Assert.Equal((1f, 0f), (card.Arousal!["anger"], card.Arousal["neutral"]));
        Assert.Equal(["English"], card.Training.Languages);
        Assert.Equal(new UnknownThresholds(null, 0.8f), Card(("unknown", """{"entropyAbove":0.8}""")).Unknown);
    }

    [Theory]
    [InlineData("CC BY-NC-SA 4.0 (RAVDESS, nEMO)", true)]
    [InlineData("CC BY-NC 4.0", true)]
    [InlineData("for non-commercial use only", true)]
    [InlineData("noncommercial research", true)]
    [InlineData("EMO-DB: CC0-1.0", false)]
    [InlineData("CC BY 4.0 (BanglaSER), once CNC Ltd", false)]
    public void A_licence_against_commercial_use_is_noticed(string licence, bool isNonCommercial) =>
        Assert.Equal(isNonCommercial, new ModelTraining([], "", licence).IsNonCommercial);

    private static ModelCard Card(params (string Key, string Value)[] fields)
    {
        var card = JsonNode.Parse(ModelCatalog.CardOf("light-sernet-emodb-int8").Json)!.AsObject();
        foreach (var (key, value) in fields)
        {
            card[key] = JsonNode.Parse(value);
        }

        return ModelCard.Parse(card.ToJsonString(), "mine.json");
    }
}
