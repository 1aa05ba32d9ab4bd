using System.Text.Json;
using System.Text.Json.Serialization;
using SernetStream.Dsp;

namespace SernetStream.Inference;

/// <summary>The JSON form of a model card, key by key.</summary>
internal sealed record CardJson
{
    public const int CurrentSchema = 1;

    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

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

    public sealed record InputJson(string Name, string Layout);

    public sealed record OutputJson(string Name, string Kind);

    public sealed record TrainingJson(IReadOnlyList<string> Corpora, string Protocol, string Licence)
    {
        /// <summary>What else the training wrote down (epochs, seed, …): for people.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Notes { get; init; }
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
            FrontEnd = ReadFrontEnd(FrontEnd),
            InputName = Input.Name,
            Layout = OneOf("input.layout", Input.Layout, ("NCHW", InputLayout.Nchw), ("NTC", InputLayout.Ntc)),
            OutputName = Output.Name,
            OutputKind = OneOf(
                "output.kind", Output.Kind, ("probabilities", OutputKind.Probabilities), ("logits", OutputKind.Logits)),
            Precision = OneOf("precision", Precision, ("fp32", "fp32"), ("fp16", "fp16"), ("int8", "int8")),
            Temperature = Temperature,
            Training = new ModelTraining(Training.Corpora, Training.Protocol, Training.Licence),
            Json = json,
        };
    }

    /// <summary>What a person needs of the serialiser's message.</summary>
    public static string Explain(JsonException error)
    {
        var message = error.Message;
        var pathAt = message.IndexOf(" Path: ", StringComparison.Ordinal);
        message = pathAt > 0 ? message[..pathAt] : message;
        return message
            .Replace("The JSON property", "the key", StringComparison.Ordinal)
            .Replace($" could not be mapped to any .NET member contained in type '{typeof(CardJson)}'", " is not known", StringComparison.Ordinal)
            .Replace($"JSON deserialization for type '{typeof(CardJson)}' was missing required properties including", "it lacks", StringComparison.Ordinal);
    }

    /// <summary>A preset's name, and any field that differs from it.</summary>
    private static FrontEndOptions ReadFrontEnd(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("preset", out var presetName)
            || presetName.ValueKind != JsonValueKind.String)
        {
            throw new ArgumentException("frontEnd must be an object with the name of a preset.");
        }

        var name = presetName.GetString();
        var presets = FrontEndOptions.Presets;
        var options = presets.FirstOrDefault(preset => preset.Preset == name)
            ?? throw new ArgumentException(
                $"frontEnd.preset is '{name}'; this version knows {string.Join(", ", presets.Select(p => p.Preset))}.");
        foreach (var field in element.EnumerateObject())
        {
            try
            {
                options = Apply(options, field);
            }
            catch (Exception error) when (error is InvalidOperationException or FormatException)
            {
                throw new ArgumentException($"frontEnd.{field.Name} is {field.Value.GetRawText()}, which is of the wrong type.", error);
            }
        }

        return options;
    }

    private static FrontEndOptions Apply(FrontEndOptions options, JsonProperty field) => field.Name switch
    {
        "preset" => options,
        "sampleRate" => options with { SampleRate = field.Value.GetInt32() },
        "frameLength" => options with { FrameLength = field.Value.GetInt32() },
        "hopLength" => options with { HopLength = field.Value.GetInt32() },
        "fftLength" => options with { FftLength = field.Value.GetInt32() },
        "window" => options with
        {
            Taper = OneOf("frontEnd.window", field.Value.GetString(), ("hann", TaperKind.Hann), ("hamming", TaperKind.Hamming)),
        },
        "spectrum" => options with
        {
            Spectrum = OneOf(
                "frontEnd.spectrum", field.Value.GetString(), ("magnitude", SpectrumKind.Magnitude), ("power", SpectrumKind.Power)),
        },
        "melBands" => options with { MelBands = field.Value.GetInt32() },
        "lowHz" => options with { LowHz = field.Value.GetDouble() },
        "highHz" => options with { HighHz = field.Value.GetDouble() },
        "logOffset" => options with { LogOffset = field.Value.GetDouble() },
        "coefficients" => options with { Coefficients = field.Value.GetInt32() },
        "coefficientLimit" => options with
        {
            CoefficientLimit = field.Value.ValueKind == JsonValueKind.Null ? null : field.Value.GetDouble(),
        },
        "level" => options with
        {
            Level = OneOf(
                "frontEnd.level",
                field.Value.GetString(),
                ("percentile99.9", LevelKind.Percentile999),
                ("peak", LevelKind.Peak),
                ("none", LevelKind.None)),
        },
        "segmentSeconds" => options with { SegmentSeconds = field.Value.GetDouble() },
        _ => throw new ArgumentException($"frontEnd.{field.Name} is not a field of a front end."),
    };

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
