using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using SernetStream.Models;
using SernetStream.Models.Teaching;
using SernetStream.Pipeline.Teaching;

namespace SernetStream.State;

/// <summary>What was learnt at a node, of one model: numbers alone.</summary>
/// <param name="Corrections">Of utterances that somebody labelled.</param>
/// <param name="Enrolled">Of people who enrolled, by the names they gave.</param>
internal sealed record LearntState(LabelledMoments Corrections, IReadOnlyDictionary<string, LabelledMoments> Enrolled)
{
    public const int CurrentVersion = 1;

    /// <summary>Nothing.</summary>
    public static LearntState Nothing(ModelCard card) => new(Teacher.Nothing(card), new Dictionary<string, LabelledMoments>());

    /// <summary>All who enrolled together.</summary>
    public LabelledMoments Everybody(ModelCard card) =>
        Enrolled.Values.Aggregate(Teacher.Nothing(card), (together, person) => together.Plus(person));

    /// <summary>The same with another person, or with one enrolled anew.</summary>
    public LearntState With(string name, LabelledMoments learnt) =>
        this with { Enrolled = new Dictionary<string, LabelledMoments>(Enrolled) { [name] = learnt } };

    /// <summary>As it is written.</summary>
    public byte[] ToUtf8(ModelCard card) => JsonSerializer.SerializeToUtf8Bytes(
        new LearntJson
        {
            Version = CurrentVersion,
            Model = card.Sha256,
            Corrections = MomentsJson.Of(Corrections),
            Enrolled = Enrolled.ToDictionary(person => person.Key, person => MomentsJson.Of(person.Value)),
        },
        LearntJsonContext.Default.LearntJson);

    /// <summary>Takes a person out of what was written, whatever model it is of.</summary>
    /// <param name="utf8">What was written.</param>
    /// <param name="name">Who is forgotten.</param>
    /// <returns>What is left; null: they were not in it.</returns>
    /// <exception cref="JsonException">It cannot be told what is in it.</exception>
    public static byte[]? Without(byte[] utf8, string name)
    {
        var json = JsonSerializer.Deserialize(utf8, LearntJsonContext.Default.LearntJson);
        return json?.Version != CurrentVersion ? throw new JsonException("another version")
            : json.Enrolled.Remove(name) ? JsonSerializer.SerializeToUtf8Bytes(json, LearntJsonContext.Default.LearntJson)
            : null;
    }

    /// <summary>Reads what was written.</summary>
    /// <returns>The state; or null and why it cannot be used, to be read after the file's name.</returns>
    public static (LearntState? State, string? Problem) Read(byte[] utf8, ModelCard card)
    {
        try
        {
            if (JsonSerializer.Deserialize(utf8, LearntJsonContext.Default.VersionJson)?.Version is var version and not CurrentVersion)
            {
                return (null, version > CurrentVersion ? "was written by a newer version of sernetd" : "is damaged");
            }

            var json = JsonSerializer.Deserialize(utf8, LearntJsonContext.Default.LearntJson)!;
            if (json.Model != card.Sha256)
            {
                return (null, $"was learnt with another model than {card.Name}");
            }

            return (new LearntState(
                json.Corrections.ToMoments(card), json.Enrolled.ToDictionary(person => person.Key, person => person.Value.ToMoments(card))), null);
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            return (null, "is damaged");
        }
    }
}

/// <summary>The version alone, whatever else there is.</summary>
internal sealed record VersionJson
{
    public int Version { get; init; }
}

/// <summary>The file, key by key.</summary>
internal sealed record LearntJson
{
    public required int Version { get; init; }

    /// <summary>SHA-256 of the model, whose features the numbers are of.</summary>
    public required string Model { get; init; }

    public required MomentsJson Corrections { get; init; }

    public required Dictionary<string, MomentsJson> Enrolled { get; init; }
}

/// <summary><see cref="LabelledMoments"/>; the sums as little-endian numbers of single precision, in base 64.</summary>
internal sealed record MomentsJson
{
    public required int Count { get; init; }

    public required float[] Weights { get; init; }

    public required byte[] Sums { get; init; }

    public static MomentsJson Of(LabelledMoments moments) => new()
    {
        Count = moments.Count,
        Weights = moments.Weights.ToArray(),
        Sums = MemoryMarshal.AsBytes(moments.Sums).ToArray(),
    };

    /// <exception cref="FormatException">They are not of such a model, or no numbers.</exception>
    public LabelledMoments ToMoments(ModelCard card)
    {
        var sums = MemoryMarshal.Cast<byte, float>(Sums).ToArray();
        var fits = Count >= 0 && Weights.Length == card.Labels.Count && Weights.All(weight => float.IsFinite(weight) && weight >= 0)
            && Sums.Length == sizeof(float) * Weights.Length * card.Moods!.FeatureCount && sums.All(float.IsFinite);
        return fits ? new LabelledMoments(Count, Weights, sums) : throw new FormatException("these are not numbers of this model");
    }
}

/// <summary>Reads and writes without reflection, which a native build has not.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(LearntJson))]
[JsonSerializable(typeof(VersionJson))]
internal sealed partial class LearntJsonContext : JsonSerializerContext;
