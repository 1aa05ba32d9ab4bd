using System.Text.Json;
using System.Text.Json.Serialization;
using SernetStream.Dsp;
using SernetStream.Models.Streaming;
using SernetStream.Models.Teaching;

namespace SernetStream.Models;

/// <summary>The JSON form of a model card, key by key.</summary>
internal sealed record CardJson
{
    public const int CurrentSchema = 1;

    public required int Schema { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    public required string File { get; init; }

    public required string Sha256 { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required JsonElement FrontEnd { get; init; }

    public required InputJson Input { get; init; }

    public required OutputJson Output { get; init; }

    public required string Precision { get; init; }

    public required double Temperature { get; init; }

    public required TrainingJson Training { get; init; }

    public JsonElement Metrics { get; init; }

    public UnknownJson? Unknown { get; init; }

    public PointsJson? OperatingPoints { get; init; }

    public IReadOnlyDictionary<string, float>? Arousal { get; init; }

    public VoiceJson? Voice { get; init; }

    public StreamingJson? Streaming { get; init; }

    public sealed record InputJson(string Name, string Layout);

    public sealed record OutputJson(string Name, string Kind);

    public sealed record PointsJson(string OrdinarySpeech, int Clips, bool SpeakersHeard, IReadOnlyList<PointJson> Points);

    public sealed record PointJson(double FalseEmotions, double FalseEmotionsKept, float Threshold, double Recall);

    public sealed record VoiceJson(string Input, string Output, int Size)
    {
        /// <summary>Mean features of each label, as <see cref="HalfPrecision"/> reads them.</summary>
        public string? Moods { get; init; }
    }

    public sealed record StreamingJson(int Frames, IReadOnlyList<StateJson> States)
    {
        public FeaturesJson? Features { get; init; }
    }

    /// <summary>Names of states, and numbers as <see cref="HalfPrecision"/> reads them.</summary>
    public sealed record FeaturesJson(string Sum, string Count, string Deviation, string Moods, string Head);

    public sealed record StateJson(string Input, string Output, IReadOnlyList<int> Shape)
    {
        public bool Forgets { get; init; }
    }

    public sealed record TrainingJson(IReadOnlyList<string> Corpora, string Protocol, string Licence)
    {
        public IReadOnlyList<string>? Languages { get; init; }

        /// <summary>What else the training wrote down (epochs, seed, …): for people.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Notes { get; set; }
    }

    public sealed record UnknownJson
    {
        public float? ConfidenceBelow { get; init; }

        public float? EntropyAbove { get; init; }
    }

    public ModelCard ToCard(string json)
    {
        if (Schema != CurrentSchema)
        {
            throw new ArgumentException($"schema is {Schema}; this version reads schema {CurrentSchema}.");
        }

        return new ModelCard
        {
            Name = Name,
            Version = Version,
            Architecture = Architecture,
            File = File,
            Sha256 = Sha256,
            Labels = Labels,
            FrontEnd = FrontEndJson.Read(FrontEnd),
            InputName = Input.Name,
            Layout = OneOf("input.layout", Input.Layout, ("NCHW", InputLayout.Nchw), ("NTC", InputLayout.Ntc), ("steps", InputLayout.Steps)),
            OutputName = Output.Name,
            OutputKind = OneOf(
                "output.kind", Output.Kind, ("probabilities", OutputKind.Probabilities), ("logits", OutputKind.Logits)),
            Precision = OneOf("precision", Precision, ("fp32", "fp32"), ("fp16", "fp16"), ("int8", "int8")),
            Temperature = Temperature,
            Training = new ModelTraining(Training.Corpora, Training.Protocol, Training.Licence) { Languages = Training.Languages ?? [] },
            Unknown = Unknown is null ? null : new UnknownThresholds(Unknown.ConfidenceBelow, Unknown.EntropyAbove),
            OperatingPoints = OperatingPoints is not { } measured
                ? null
                : new OperatingPoints(
                    measured.OrdinarySpeech,
                    measured.Clips,
                    measured.SpeakersHeard,
                    [.. measured.Points.Select(at => new OperatingPoint(at.FalseEmotions, at.FalseEmotionsKept, at.Threshold, at.Recall))]),
            Arousal = Arousal,
            Adaptation = Voice is null ? null : ToAdaptation(Voice),
            Streaming = Streaming is null
                ? null
                : new StreamingTensors(
                    Streaming.Frames,
                    [.. Streaming.States.Select(state => new StateTensor(state.Input, state.Output, state.Shape, state.Forgets))])
                {
                    Features = Streaming.Features is null ? null : ToFeatures(Streaming.Features, Streaming.States),
                },
            Json = json,
        };
    }

    private AdaptationTensors ToAdaptation(VoiceJson voice) => new(voice.Input, voice.Output, voice.Size)
    {
        Moods = voice.Moods is { } moods ? MoodsOf("voice.moods", moods, voice.Size - 1) : null,
    };

    private StreamedFeatures ToFeatures(FeaturesJson features, IReadOnlyList<StateJson> states)
    {
        var sum = states.FirstOrDefault(state => state.Input == features.Sum)
            ?? throw new ArgumentException($"streaming.features.sum is '{features.Sum}', which is not among the states.");
        var count = (int)sum.Shape.Aggregate(1L, (product, size) => product * size);
        var head = HalfPrecision.Parse("streaming.features.head", features.Head, Labels.Count * count);
        return new StreamedFeatures(
            features.Sum,
            features.Count,
            HalfPrecision.Parse("streaming.features.deviation", features.Deviation, count),
            MoodsOf("streaming.features.moods", features.Moods, count, head));
    }

    private UsualMoods MoodsOf(string key, string text, int features, float[]? head = null) =>
        new(HalfPrecision.Parse(key, text, Labels.Count * features), Labels.Count, head);

    /// <summary>The part of the serialiser's message that helps a user.</summary>
    public static string Explain(JsonException error)
    {
        if (error.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            return $"{error.Path?.TrimStart('$', '.')} is of the wrong type.";
        }

        var message = error.Message;
        var pathAt = message.IndexOf(" Path: ", StringComparison.Ordinal);
        message = pathAt > 0 ? message[..pathAt] : message;
        Type[] parts =
        [
            typeof(CardJson), typeof(InputJson), typeof(OutputJson), typeof(UnknownJson), typeof(PointsJson), typeof(PointJson), typeof(VoiceJson),
            typeof(StreamingJson), typeof(StateJson), typeof(FeaturesJson),
        ];
        foreach (var type in parts)
        {
            message = message
                .Replace($" could not be mapped to any .NET member contained in type '{type}'", " is not known", StringComparison.Ordinal)
                .Replace($"JSON deserialization for type '{type}' was missing required properties including", "it lacks", StringComparison.Ordinal);
        }

        return message.Replace("The JSON property", "the key", StringComparison.Ordinal);
    }

    private static T OneOf<T>(string key, string? value, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        var names = new List<string>();
        foreach (var choice in choices)
        {
            if (choice.Name == value)
            {
                return choice.Value;
            }

            names.Add(choice.Name);
        }

        throw new ArgumentException($"{key} is '{value}'; it must be one of {string.Join(", ", names)}.");
    }
}

/// <summary>Reads cards without reflection, which a native build has not.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CardJson))]
internal sealed partial class CardJsonContext : JsonSerializerContext;
