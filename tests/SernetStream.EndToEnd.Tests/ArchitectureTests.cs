using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>
/// The daemon classifies with every architecture of the training package, exported with random weights.
/// </summary>
public sealed class ArchitectureTests(ITestOutputHelper figures) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_daemon_says_of_every_architecture_what_pytorch_says()
    {
        var python = await ChildProcess.RunAsync(
            "/usr/bin/python3",
            ["-m", "tests.served", _folder.FullPath],
            new Dictionary<string, string> { ["PYTHONPATH"] = Repository.PathOf("training") },
            TimeSpan.FromMinutes(8));
        Assert.True(python.ExitCode == 0, python.Errors);
        var expected = JsonDocument.Parse(File.ReadAllText(_folder.PathOf("expected.json"))).RootElement;
        var labels = expected.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!).ToList();
        var architectures = expected.GetProperty("architectures").EnumerateObject().ToList();
        Assert.True(architectures.Count >= 7, $"only {architectures.Count} architectures");
        foreach (var architecture in architectures)
        {
            // Probabilities are printed with four decimals. In int8, a value between two levels may be rounded either way.
            foreach (var (precision, tolerance) in new[] { ("fp32", 1e-4), ("fp16", 0.02), ("int8", 0.05) })
            {
                await CompareAsync($"{architecture.Name}-{precision}", labels, architecture.Value.GetProperty(precision), tolerance);
                if (expected.GetProperty("inTurn").TryGetProperty(architecture.Name, out var inTurn))
                {
                    await CompareAsync($"{architecture.Name}-{precision}", labels, inTurn.GetProperty(precision), tolerance, "--in-turn");
                }
            }
        }

        // A model with a baseline must be among them, and its answer must depend on the utterances before.
        var learns = expected.GetProperty("inTurn").GetProperty("light-sernet-normalised").GetProperty("fp32");
        var alone = expected.GetProperty("architectures").GetProperty("light-sernet-normalised").GetProperty("fp32");
        Assert.NotEqual(alone.EnumerateObject().Last().Value.ToString(), learns.EnumerateObject().Last().Value.ToString());
    }

    private async Task CompareAsync(string model, List<string> labels, JsonElement expected, double tolerance, params string[] more)
    {
        var largest = await LargestDifferenceAsync(model, labels, expected, more);
        figures.WriteLine($"{string.Join(' ', [model, .. more])}: {largest:0.0e0}");
        Assert.True(largest <= tolerance, $"{string.Join(' ', [model, .. more])} differs by {largest}");
    }

    private async Task<double> LargestDifferenceAsync(string model, List<string> labels, JsonElement expected, string[] more)
    {
        var files = expected.EnumerateObject().Select(file => _folder.PathOf(file.Name)).ToList();
        var result = await Sernetd.RunAsync(
            ["classify", "--middle", "--format", "json", "--model", _folder.PathOf(model + ".json"), .. more, .. files], null, TimeSpan.FromMinutes(2));
        Assert.True(result.ExitCode == 0, result.Errors);
        var answers = result.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(files, answers.Select(answer => answer.GetProperty("file").GetString()));
        return expected.EnumerateObject().Zip(answers).Max(pair =>
            labels.Zip(pair.First.Value.EnumerateArray()).Max(label =>
                Math.Abs(pair.Second.GetProperty("probabilities").GetProperty(label.First).GetDouble() - label.Second.GetDouble())));
    }
}
