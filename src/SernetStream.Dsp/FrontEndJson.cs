using System.Text.Json;

namespace SernetStream.Dsp;

/// <summary>The JSON form of a front end: the name of a preset, and any field that differs from it.</summary>
public static class FrontEndJson
{
    /// <summary>Reads <c>{"preset":"light-sernet","segmentSeconds":7}</c>.</summary>
    /// <param name="element">The object; its keys are the names of the fields of <see cref="FrontEndOptions"/>.</param>
    /// <returns>The options; whether they make sense together is for <see cref="FrontEndOptions.Validate"/> to say.</returns>
    /// <exception cref="ArgumentException">A preset, key or value that is not known, with those that are.</exception>
    public static FrontEndOptions Read(JsonElement element)
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

    private static FrontEndOptions Apply(FrontEndOptions options, JsonProperty field)
    {
        var value = field.Value;
        return field.Name switch
        {
            "preset" => options,
            "output" => options with
            {
                Output = OneOf(
                    field,
                    ("mfcc", FeatureKind.Mfcc),
                    ("log-mel", FeatureKind.LogMel),
                    ("log-spectrogram", FeatureKind.LogSpectrogram),
                    ("spectrogram", FeatureKind.Spectrogram)),
            },
            "sampleRate" => options with { SampleRate = value.GetInt32() },
            "frameLength" => options with { FrameLength = value.GetInt32() },
            "hopLength" => options with { HopLength = value.GetInt32() },
            "fftLength" => options with { FftLength = value.GetInt32() },
            "framing" => options with
            {
                Framing = OneOf(
                    field,
                    ("whole", FramingKind.Whole),
                    ("centred-zero", FramingKind.CentredZero),
                    ("centred-reflect", FramingKind.CentredReflect)),
            },
            "window" => options with { Taper = OneOf(field, ("hann", WindowFunction.Hann), ("hamming", WindowFunction.Hamming)) },
            "spectrum" => options with
            {
                Spectrum = OneOf(field, ("magnitude", SpectrumKind.Magnitude), ("power", SpectrumKind.Power)),
            },
            "level" => options with
            {
                Level = OneOf(
                    field,
                    ("percentile99.9", LevelKind.Percentile999),
                    ("peak", LevelKind.Peak),
                    ("none", LevelKind.None)),
            },
            "segmentSeconds" => options with { SegmentSeconds = value.GetDouble() },
            _ => ApplyMel(options, field),
        };
    }

    private static FrontEndOptions ApplyMel(FrontEndOptions options, JsonProperty field)
    {
        var value = field.Value;
        return field.Name switch
        {
            "melBands" => options with { MelBands = value.GetInt32() },
            "melScale" => options with
            {
                MelScale = OneOf(field, ("htk", MelScaleKind.Htk), ("slaney", MelScaleKind.Slaney)),
            },
            "melSlope" => options with
            {
                MelSlope = OneOf(field, ("mel", MelSlopeKind.Mel), ("hertz", MelSlopeKind.Hertz)),
            },
            "melNorm" => options with
            {
                MelNorm = OneOf(field, ("height", MelNormKind.Height), ("area", MelNormKind.Area)),
            },
            "lowHz" => options with { LowHz = value.GetDouble() },
            "highHz" => options with { HighHz = value.GetDouble() },
            "log" => options with { Log = OneOf(field, ("ln", LogKind.Natural), ("decibel", LogKind.Decibel)) },
            "logOffset" => options with { LogOffset = value.GetDouble() },
            "topDb" => options with { TopDb = NumberOrNull(value) },
            "dct" => options with
            {
                Dct = OneOf(field, ("uniform", DctKind.Uniform), ("orthonormal", DctKind.Orthonormal)),
            },
            "coefficients" => options with { Coefficients = value.GetInt32() },
            "coefficientLimit" => options with { CoefficientLimit = NumberOrNull(value) },
            _ => throw new ArgumentException($"frontEnd.{field.Name} is not a field of a front end."),
        };
    }

    private static double? NumberOrNull(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    private static T OneOf<T>(JsonProperty field, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        var value = field.Value.GetString();
        var names = new List<string>();
        foreach (var choice in choices)
        {
            if (choice.Name == value)
            {
                return choice.Value;
            }

            names.Add(choice.Name);
        }

        throw new ArgumentException($"frontEnd.{field.Name} is '{value}'; it must be one of {string.Join(", ", names)}.");
    }
}
