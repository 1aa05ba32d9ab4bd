using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Dsp;
using SernetStream.Models.Streaming;
using SernetStream.Models.Teaching;

namespace SernetStream.Models;

/// <summary>Where the two dimensions of a segment lie in the model's input.</summary>
public enum InputLayout
{
    /// <summary>[1, 1, frames, coefficients].</summary>
    Nchw,

    /// <summary>[1, frames, coefficients].</summary>
    Ntc,

    /// <summary>[1, frames of a step, coefficients], with <see cref="ModelCard.Streaming"/>.</summary>
    Steps,
}

/// <summary>What the model's output holds.</summary>
public enum OutputKind
{
    /// <summary>One probability a label.</summary>
    Probabilities,

    /// <summary>One logit a label.</summary>
    Logits,
}

/// <summary>What a model was trained on, and under which conditions it may be used.</summary>
/// <param name="Corpora">Names of the corpora.</param>
/// <param name="Protocol">Which speakers it has heard.</param>
/// <param name="Licence">Licence of the data, and so of the weights.</param>
public sealed partial record ModelTraining(IReadOnlyList<string> Corpora, string Protocol, string Licence)
{
    /// <summary>Languages that were spoken, if the card says so; otherwise empty.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>
    /// Whether the licence names a condition against commercial use: <c>NC</c> as in <c>CC BY-NC-SA 4.0</c>, or the words.
    /// A hint for people, not a legal opinion.
    /// </summary>
    public bool IsNonCommercial => NonCommercial().IsMatch(Licence);

    /// <summary>
    /// The licence in one word: <c>non-commercial</c>; <c>research-only</c>; <c>free</c>, if every part of it allows any use,
    /// at most for the names of its authors; else <c>unclear</c>.
    /// </summary>
    public string LicenceWord => this switch
    {
        { IsNonCommercial: true } => "non-commercial",
        _ when Licence.Contains("research only", StringComparison.OrdinalIgnoreCase) => "research-only",
        _ when Licence.Split(';').All(part => Free().IsMatch(part)) => "free",
        _ => "unclear",
    };

    [GeneratedRegex(@"\bCC0\b|\bCC BY(?!-)|\bApache-2|\bMIT\b|\bpublic domain\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Free();

    [GeneratedRegex(@"\bNC\b|\bnon-?commercial", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NonCommercial();
}

/// <summary>
/// The tensors of a model that learns a baseline of its microphone, utterance by utterance. Both are [1, size]; all
/// zeros mean an empty baseline.
/// </summary>
/// <param name="InputName">The baseline before an utterance.</param>
/// <param name="OutputName">The baseline after it.</param>
/// <param name="Size">Numbers in each.</param>
public sealed record AdaptationTensors(string InputName, string OutputName, int Size)
{
    /// <summary>Features of an utterance: all but the last number, which counts utterances.</summary>
    public int FeatureCount => Size - 1;

    /// <summary>What each label usually sounds like to the model, in these features; null: the card does not say.</summary>
    public UsualMoods? Moods { get; init; }
}

/// <summary>
/// The card beside a model (<c>NAME.json</c> beside <c>NAME.onnx</c>): everything that is needed to feed it
/// and to read what it says.
/// </summary>
public sealed record ModelCard
{
    /// <summary>Name in the catalogue and in every event.</summary>
    public required string Name { get; init; }

    /// <summary>Version of the weights.</summary>
    public required string Version { get; init; }

    /// <summary>Family of networks, such as <c>light-sernet</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>File name of the model, in the folder of the card.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of that file, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What the outputs mean, in their order.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>How audio becomes the model's input.</summary>
    public required FrontEndOptions FrontEnd { get; init; }

    /// <summary>Name of the input tensor.</summary>
    public required string InputName { get; init; }

    /// <summary>Shape of the input tensor.</summary>
    public required InputLayout Layout { get; init; }

    /// <summary>Name of the output tensor.</summary>
    public required string OutputName { get; init; }

    /// <summary>What the output holds.</summary>
    public required OutputKind OutputKind { get; init; }

    /// <summary><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>
    /// Logits are divided by this before the softmax, so that probabilities are calibrated; positive.
    /// </summary>
    public required double Temperature { get; init; }

    /// <summary>What it was trained on.</summary>
    public required ModelTraining Training { get; init; }

    /// <summary>When the answer is <c>unknown</c>; null: the model always answers.</summary>
    public UnknownThresholds? Unknown { get; init; }

    /// <summary>What it is worth at some thresholds; null: nobody has measured it.</summary>
    public OperatingPoints? OperatingPoints { get; init; }

    /// <summary>Arousal of labels, 0..1, where it differs from <see cref="ArousalScale.Table"/>; null: nowhere.</summary>
    public IReadOnlyDictionary<string, float>? Arousal { get; init; }

    /// <summary>The tensors of the model's baseline; null: it has none.</summary>
    public AdaptationTensors? Adaptation { get; init; }

    /// <summary>How a network that streams is fed; null: it is given whole windows.</summary>
    public StreamingTensors? Streaming { get; init; }

    /// <summary>What each label usually sounds like to the model; null: it cannot be taught by labelled utterances.</summary>
    public UsualMoods? Moods => Adaptation?.Moods ?? Streaming?.Features?.Moods;

    /// <summary>The card as it was read.</summary>
    public required string Json { get; init; }

    /// <summary>Reads a card; unknown keys are errors.</summary>
    /// <param name="json">The card's text.</param>
    /// <param name="origin">What to call it in messages.</param>
    /// <exception cref="ModelException">The card is wrong; the message says where.</exception>
    public static ModelCard Parse(string json, string origin)
    {
        CardJson card;
        try
        {
            card = JsonSerializer.Deserialize(json, CardJsonContext.Default.CardJson)
                ?? throw new ModelException(ModelError.BadCard, $"The model card {origin} is empty.");
            var result = card.ToCard(json);
            result.Validate();
            return result;
        }
        catch (JsonException error)
        {
            var place = error.LineNumber is { } line ? $" (line {line + 1})" : "";
            throw new ModelException(
                ModelError.BadCard, $"The model card {origin} cannot be read{place}: {CardJson.Explain(error)}", error);
        }
        catch (ArgumentException error)
        {
            throw new ModelException(ModelError.BadCard, $"The model card {origin} is wrong: {error.Message}", error);
        }
    }

    private void Validate()
    {
        Require(Labels.Count >= 2, $"labels has {Labels.Count} entries; a model needs at least two.");
        Require(Labels.All(label => !string.IsNullOrWhiteSpace(label)), "labels has an empty entry.");
        Require(Labels.Distinct().Count() == Labels.Count, "labels has an entry twice.");
        Require(
            !Labels.Intersect(["unknown", "none"]).Any(), "labels has 'unknown' or 'none', which only the daemon may use.");
        Require(File == Path.GetFileName(File) && File.Length > 0, $"file is '{File}'; it must be a plain file name.");
        Require(
            Sha256.Length == 64 && Sha256.All(char.IsAsciiHexDigitLower), "sha256 must be 64 lower-case hexadecimal digits.");
        Require(Temperature is > 0 and <= 100, $"temperature is {Temperature}; it must be greater than 0, at most 100.");
        RequireShare("unknown.confidenceBelow", Unknown?.ConfidenceBelow);
        RequireShare("unknown.entropyAbove", Unknown?.EntropyAbove);
        var points = OperatingPoints?.Problem();
        Require(points is null, points ?? "");
        foreach (var (label, value) in Arousal ?? new Dictionary<string, float>())
        {
            Require(Labels.Contains(label), $"arousal has '{label}', which is not among the labels.");
            Require(value is >= 0 and <= 1, $"arousal.{label} is {Text(value)}; it must be 0..1.");
        }

        Require(Adaptation is null or { Size: > 0 }, $"voice.size is {Adaptation?.Size}; it must be greater than 0.");
        FrontEnd.Validate();
        ValidateStreaming();
    }

    private void ValidateStreaming()
    {
        Require(
            Streaming is not null == (Layout == InputLayout.Steps), "input.layout is 'steps' where there is streaming, and only there.");
        if (Streaming is null)
        {
            return;
        }

        var problem = Streaming.Problem(FrontEnd.FrameCount);
        Require(problem is null, problem ?? "");
        Require(
            FrontEnd is { Level: LevelKind.None, Framing: FramingKind.Whole, TopDb: null },
            "a network that streams hears each frame once, so what a frame becomes must not depend on its window: "
            + "frontEnd needs level 'none', framing 'whole' and no topDb.");
        Require(Adaptation is null, "voice and streaming do not go together: a baseline belongs to windows.");
    }

    private static void RequireShare(string key, float? value) => Require(
        value is null or (> 0 and <= 1), $"{key} is {Text(value)}; it must be greater than 0, at most 1 (leave it out for never).");

    private static string Text(float? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static void Require(bool holds, string sentence)
    {
        if (!holds)
        {
            throw new ArgumentException(sentence);
        }
    }
}
