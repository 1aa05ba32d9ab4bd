using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>C# against Python on every file of EMO-DB: both front ends, and the same model in two runtimes.</summary>
public class ParityTests(ITestOutputHelper figures)
{
    private const string Fp32 = "light-sernet-emodb-fp32";
    private const string Int8 = "light-sernet-emodb-int8";
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(8);

    private sealed record Answer(string Emotion, double[] Probabilities);

    [NeedsFact("data:emodb")]
    public async Task Csharp_and_python_agree_on_emodb_with_the_fp32_model()
    {
        var csharp = ClassifyAsync(Fp32);
        var python = ClassifyInPythonAsync(Fp32);
        var (ours, theirs) = (await csharp, await python);
        Assert.Equal(535, ours.Count);
        Assert.Equal(535, theirs.Count);

        var same = ours.Where(answer => theirs[answer.Key].Emotion == answer.Value.Emotion).ToList();
        var largest = same.Max(answer =>
            answer.Value.Probabilities.Zip(theirs[answer.Key].Probabilities, (a, b) => Math.Abs(a - b)).Max());
        figures.WriteLine($"{same.Count} of 535 labels agree; the largest difference of a probability is {largest:0.0e0}");
        Assert.InRange(same.Count, 533, 535);
        Assert.InRange(largest, 0, 1e-3);
    }

    [NeedsFact("data:emodb")]
    public async Task The_int8_model_keeps_the_fp32_label_on_97_percent_of_emodb()
    {
        var fp32 = await ClassifyAsync(Fp32);
        var int8 = await ClassifyAsync(Int8);
        var kept = int8.Count(answer => fp32[answer.Key].Emotion == answer.Value.Emotion);
        figures.WriteLine($"int8 keeps {kept} of 535 labels");
        Assert.InRange(kept / 535.0, 0.97, 1);
    }

    private static async Task<Dictionary<string, Answer>> ClassifyAsync(string model)
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Dataset("emodb"), "audio")).Order(StringComparer.Ordinal);
        var result = await Sernetd.RunAsync(["classify", "--middle", "--model", model, "--format", "json", .. files], null, WaitTimeout);
        Assert.True(result.ExitCode == 0, result.Errors);
        return Read(result.Output);
    }

    private static async Task<Dictionary<string, Answer>> ClassifyInPythonAsync(string model)
    {
        var card = Repository.PathOf("src", "SernetStream.Models", "BuiltIn", model + ".json");
        var environment = new Dictionary<string, string> { ["PYTHONPATH"] = Repository.PathOf("training") };
        var result = await ChildProcess.RunAsync(
            Python, ["-m", "sernet.classify", "--model", card, "--data", Repository.Dataset("emodb")], environment, WaitTimeout);
        Assert.True(result.ExitCode == 0, result.Errors);
        return Read(result.Output);
    }

    private static Dictionary<string, Answer> Read(string lines) => lines
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(
            answer => Path.GetFileName(answer.GetProperty("file").GetString()!),
            answer => new Answer(
                answer.GetProperty("emotion").GetString()!,
                [.. answer.GetProperty("probabilities").EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Value.GetDouble())]));
}
