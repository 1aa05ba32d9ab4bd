using System.Text.Json.Nodes;
using SernetStream.Dsp;
using SernetStream.Testing;

namespace SernetStream.Models.Tests;

public class ModelCardTests
{
    public static TheoryData<string, string?, string> Faults() => new()
    {
        { "colour", "\"red\"", "colour" },
        { "labels", null, "labels" },
        { "labels", "[\"anger\"]", "labels has 1 entries" },
        { "labels", "[\"anger\",\"anger\"]", "twice" },
        { "labels", "[\"anger\",\"unknown\"]", "only the daemon may use" },
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
        { "operatingPoints", "5", "operatingPoints is of the wrong type" },
        { "operatingPoints", Points("0"), "operatingPoints.clips is 0; it must be greater than 0." },
        { "operatingPoints", Points("9", "2 0.9 50", "5 0.8 60"), "no point of 10 false emotions, which the sensitivity eager needs" },
        { "operatingPoints", Points("9", "2 0.9 50", "5 1.8 60", "10 0.7 70"), "threshold is 1.8; it must be greater than 0, at most 1." },
        { "operatingPoints", Points("9", "0 0.9 50", "5 0.8 60", "10 0.7 70"), "falseEmotions is 0; it must be greater than 0, at most 100." },
        { "operatingPoints", Points("9", "2 0.9 50", "5 0.8 101", "10 0.7 70"), "recall is 101; it must be 0..100." },
        { "operatingPoints", Points("9", "2 0.8 50", "5 0.9 60", "10 0.7 70"), "the threshold 0.9 of 5 false emotions follows 0.8 of 2" },
        { "operatingPoints", Points("9", "5 0.9 50", "2 0.8 60", "10 0.7 70"), "more false emotions must stand later" },
        { "operatingPoints", "{\"ordinarySpeech\":\"x\",\"clips\":9,\"speakersHeard\":false}", "points" },
        { "operatingPoints", "{\"ordinarySpeech\":\"x\",\"clips\":9,\"speakersHeard\":false,\"points\":[{\"rate\":5}]}", "rate" },
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
        Assert.Null(card.OperatingPoints);
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

    [Fact]
    public void Operating_points_are_read_and_found_by_sensitivity_and_threshold()
    {
        var points = Card(("operatingPoints", Points("9", "1 0.95 40", "2 0.9 50", "5 0.8 60", "10 0.7 70"))).OperatingPoints!;
        Assert.Equal(("x", 9, false, 4), (points.OrdinarySpeech, points.Clips, points.SpeakersHeard, points.Points.Count));
        Assert.Equal(new OperatingPoint(5, 5, 0.8f, 60), points.At(Sensitivity.Normal));
        foreach (var sensitivity in Enum.GetValues<Sensitivity>())
        {
            var point = points.At(sensitivity);
            Assert.Equal(OperatingPoints.RateOf(sensitivity), point.FalseEmotions);
            Assert.Equal(sensitivity, points.Of(point.Threshold));
            Assert.Equal(sensitivity, points.Of(point.Threshold + 0.0003f));
            Assert.Null(points.Of(point.Threshold + 0.01f));
        }

        Assert.Null(points.Of(0.95f));
    }

    [Theory]
    [InlineData("0.5735", 0.573f)]
    [InlineData("0.5735", 0.574f)]
    [InlineData("0.4925", 0.493f)]
    [InlineData("0.4925", 0.4925f)]
    public void A_threshold_is_found_by_the_three_places_that_people_read(string measured, float read)
    {
        var points = Card(("operatingPoints", Points("9", "1 0.95 40", $"2 {measured} 50", "5 0.4 60", "10 0.3 70"))).OperatingPoints!;

        Assert.Equal(Sensitivity.Calm, points.Of(read));
        Assert.Null(points.Of(read - 0.002f));
    }

    /// <summary>The shipped card contains the measurements that <c>sernet.export</c> wrote.</summary>
    [Fact]
    public void The_default_models_points_are_those_that_were_measured()
    {
        var card = ModelCatalog.CardOf(ModelCatalog.Default);
        var points = card.OperatingPoints!;
        var judged = File.ReadLines(Repository.PathOf("training", "results", "streaming-streamed.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.All(judged, report =>
        {
            Assert.Equal(card.Name, (string)report["model"]!);
            Assert.Equal((points.OrdinarySpeech, points.Clips), ((string)report["everyday"]!["name"]!, (int)report["everyday"]!["utterances"]!));
        });
        foreach (var (point, place) in points.Points.Select((point, place) => (point, place)))
        {
            var measured = judged.ConvertAll(report => report["everyday"]!["operatingPoints"]![place]!);
            Assert.All(measured, one => Assert.Equal(
                (point.FalseEmotions, point.FalseEmotionsKept, point.Threshold),
                ((double)one["falseEmotions"]!, (double)one["falseEmotionsKept"]!, (float)(double)one["threshold"]!)));
            Assert.Equal(measured.Average(one => (double)one["recall"]!), point.Recall, 0.051);
        }
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

    [Theory]
    [InlineData("EMO-DB: CC0-1.0; BanglaSER: CC BY 4.0; commands: Apache-2.0", "free")]
    [InlineData("EMO-DB: CC0-1.0; RAVDESS: CC BY-NC-SA 4.0", "non-commercial")]
    [InlineData("SAVEE: research only, ask its authors; EMO-DB: CC0-1.0", "research-only")]
    [InlineData("EMO-DB: CC0-1.0; mine: not known, ask its authors", "unclear")]
    [InlineData("CREMA-D: Open Database License", "unclear")]
    [InlineData("BanglaSER: CC BY-SA 4.0", "unclear")]
    public void A_licence_has_one_word(string licence, string word) =>
        Assert.Equal(word, new ModelTraining([], "", licence).LicenceWord);

    /// <summary>Operating points: false emotions, threshold and recall.</summary>
    private static string Points(string clips, params string[] points)
    {
        var made = points.Select(point => point.Split(' ')).Select(point =>
            $"{{\"falseEmotions\":{point[0]},\"falseEmotionsKept\":{point[0]},\"threshold\":{point[1]},\"recall\":{point[2]}}}");
        return $"{{\"ordinarySpeech\":\"x\",\"clips\":{clips},\"speakersHeard\":false,\"points\":[{string.Join(',', made)}]}}";
    }

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
