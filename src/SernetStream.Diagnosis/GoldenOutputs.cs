using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SernetStream.Models;

namespace SernetStream.Diagnosis;

/// <summary>
/// What each built-in model says to the <see cref="TestSignal"/>, by the SHA-256 of its file. A machine that gives
/// another answer computes wrongly: it has a library of another build, or broken memory.
/// </summary>
internal static class GoldenOutputs
{
    /// <summary>
    /// By how much a probability may differ. The kernels of an int8 model round differently on x64 and Arm; what a wrong
    /// front end or a damaged weight does is far larger.
    /// </summary>
    public const double Tolerance = 0.05;

    private const double Seconds = 3;

    private static readonly Dictionary<string, float[]> Answers = Read();

    /// <summary>The known answer of a model; null if there is none.</summary>
    public static float[]? Of(ModelCard card) => Answers.GetValueOrDefault(card.Sha256);

    /// <summary>What a model says here.</summary>
    public static float[] Ask(EmotionModel model)
    {
        using var classifier = new RecordingClassifier(model);
        var signal = TestSignal.Make(Seconds);
        var rate = model.Card.FrontEnd.SampleRate;
        return classifier.Classify(rate == TestSignal.SampleRate
            ? signal
            : Dsp.Resampling.Resampler.Resample(signal, TestSignal.SampleRate, rate)).ToArray();
    }

    /// <summary>Asks every built-in model, and writes the file that <see cref="Of"/> reads.</summary>
    public static string Write()
    {
        var text = new StringBuilder("{\n");
        foreach (var card in ModelCatalog.BuiltIn)
        {
            using var model = EmotionModel.Load(card.Name);
            var answer = string.Join(", ", Ask(model).Select(probability => Math.Round(probability, 4).ToString(
                System.Globalization.CultureInfo.InvariantCulture)));
            var comma = card == ModelCatalog.BuiltIn[^1] ? "" : ",";
            text.Append($"  \"{card.Sha256}\": [{answer}]{comma}\n");
        }

        return text.Append("}\n").ToString();
    }

    private static Dictionary<string, float[]> Read()
    {
        using var stream = typeof(GoldenOutputs).Assembly.GetManifestResourceStream("doctor/golden-outputs.json")!;
        return JsonSerializer.Deserialize(stream, AnswersJsonContext.Default.DictionaryStringSingleArray)!;
    }
}

/// <summary>Reads answers without reflection, which a native build has not.</summary>
[JsonSerializable(typeof(Dictionary<string, float[]>))]
internal sealed partial class AnswersJsonContext : JsonSerializerContext;
