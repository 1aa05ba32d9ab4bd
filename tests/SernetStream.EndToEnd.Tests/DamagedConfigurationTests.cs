using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Some of the ten thousand damaged files, read by the process: a sentence and exit code 2, or a valid start.</summary>
public sealed class DamagedConfigurationTests : IDisposable
{
    private const int Seed = 9;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Checked() => await AssertRefusedOrFineAsync(file => ["config", "check", file]);

    [Fact]
    public async Task Started()
    {
        var tone = _folder.Write("tone.wav", Wav.Pcm16(16000, 1, Wav.Tone(8000)));
        // The command line overrides the settings that would make it wait for a device or a broker.
        await AssertRefusedOrFineAsync(file =>
        [
            "run", "--config", file, "--device", $"file:{tone}", "--speed", "max", "--output", "none", "--mqtt", "",
        ]);
    }

    private async Task AssertRefusedOrFineAsync(Func<string, string[]> arguments)
    {
        var random = new Random(Seed);
        var whole = DamagedConfiguration.Whole();
        var exits = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            // The first file is not damaged: it shows that the commands work.
            var file = _folder.Write($"{i}.yaml", i == 0 ? whole : DamagedConfiguration.Damage(whole, random));
            var result = await Sernetd.RunAsync(arguments(file));
            exits.Add(result.ExitCode);
            var kept = $"file {i} of seed {Seed}: exit code {result.ExitCode}, {result.Errors}";
            Assert.True(result.ExitCode is 0 or 2, kept);
            Assert.False(result.Errors.Contains("   at ", StringComparison.Ordinal) || result.Errors.Contains("Exception", StringComparison.Ordinal), kept);
            if (result.ExitCode == 2)
            {
                Assert.All(result.Errors.Split('\n'), line => Assert.StartsWith("sernetd: ", line, StringComparison.Ordinal));
            }
        }

        Assert.Equal(0, exits[0]);
        Assert.Contains(2, exits);
    }
}
