using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary><c>classify</c> hears all speech in a file and nothing else, as <c>run</c> does.</summary>
public sealed class ListeningClassifyTests(ITestOutputHelper figures) : IDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("sox")]
    public async Task What_is_said_outside_the_middle_counts()
    {
        // Six seconds of speech and then so much silence that the middle of the file has no speech.
        var file = _folder.PathOf("long.flac");
        await SoxAsync(Sernetd.SpokenSample, file, "trim", "0", "6", "pad", "0", "30");
        var heard = Assert.Single(await ClassifyAsync(file));
        Assert.Equal(36, heard.GetProperty("seconds").GetDouble(), 0.01);
        Assert.Equal(1, heard.GetProperty("utterances").GetInt32());
        Assert.InRange(heard.GetProperty("speechSeconds").GetDouble(), 2, 6);
        Assert.NotEqual("none", heard.GetProperty("emotion").GetString());
    }

    [Fact]
    public async Task A_timeline_has_a_line_for_each_utterance_and_the_summary_weighs_them_by_time()
    {
        var lines = await ClassifyAsync("--timeline", Sernetd.SpokenSample);
        var whole = Assert.Single(await ClassifyAsync(Sernetd.SpokenSample));
        Assert.Equal(whole.GetProperty("utterances").GetInt32(), lines.Count);
        Assert.InRange(lines.Count, 4, 10);
        var weights = lines.Select(line => line.GetProperty("end").GetDouble() - line.GetProperty("start").GetDouble()).ToList();
        Assert.Equal(weights.Sum(), whole.GetProperty("speechSeconds").GetDouble(), 0.01);
        foreach (var label in whole.GetProperty("probabilities").EnumerateObject())
        {
            var mean = lines.Zip(weights).Sum(l => l.Second * l.First.GetProperty("probabilities").GetProperty(label.Name).GetDouble());
            Assert.Equal(mean / weights.Sum(), label.Value.GetDouble(), 2e-4);
        }

        var csv = (await Sernetd.RunAsync("classify", "--timeline", "--format", "csv", Sernetd.SpokenSample)).Output.Split('\n');
        Assert.Equal("file,start,end,emotion,confidence,anger,happiness,neutral,sadness", csv[0]);
        Assert.Equal(lines.Count + 1, csv.Length);
    }

    [Fact]
    public async Task The_picture_has_a_bar_for_each_utterance()
    {
        var svg = _folder.PathOf("mood.svg");
        var result = await Sernetd.RunAsync("classify", "--timeline", "--plot", svg, Sernetd.SpokenSample);
        Assert.True(result.ExitCode == 0, result.Errors);
        var lines = result.Output.Split('\n');
        Assert.Matches(@"^00:00:\d\d\.\d – 00:00:\d\d\.\d  \w+", lines[0]);
        var picture = XDocument.Load(svg);
        Assert.Equal(lines.Length, picture.Descendants().Count(element => element.Name.LocalName == "g"));
    }

    [NeedsTheory("sox")]
    [InlineData(8_000)]
    [InlineData(11_025)]
    [InlineData(16_000)]
    [InlineData(22_050)]
    [InlineData(44_100)]
    [InlineData(48_000)]
    public async Task It_agrees_with_run(int rate)
    {
        var file = _folder.PathOf($"{rate}.wav");
        await SoxAsync(Sernetd.SpokenSample, "-r", $"{rate}", "-b", "16", file);
        var utterances = await ClassifyAsync("--timeline", file);
        var run = await Sernetd.RunAsync(
            ["run", "--device", $"file:{file}", "--speed", "max", "--output", "json", "--set", "learn=false"], null, WaitTimeout);
        Assert.True(run.ExitCode == 0, run.Errors);
        var finals = run.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("kind").GetString() == "final").ToList();
        Assert.Equal(finals.Count, utterances.Count);
        Assert.InRange(finals.Count, 4, 10);
        var same = 0;
        foreach (var (final, utterance) in finals.Zip(utterances))
        {
            Assert.Equal(final.GetProperty("audioEnd").GetDouble(), utterance.GetProperty("end").GetDouble(), 1e-3);
            if (Math.Abs(final.GetProperty("audioStart").GetDouble() - utterance.GetProperty("start").GetDouble()) > 2e-3)
            {
                // The utterance is longer than a segment: run reports only its end.
                continue;
            }

            same++;
            foreach (var label in final.GetProperty("raw").EnumerateObject())
            {
                Assert.Equal(label.Value.GetDouble(), utterance.GetProperty("probabilities").GetProperty(label.Name).GetDouble(), 1e-3);
            }
        }

        Assert.InRange(same, 3, finals.Count);
    }

    [NeedsFact("sox")]
    public async Task A_hum_and_a_melody_are_none_with_the_reason()
    {
        var (hum, melody) = (_folder.PathOf("hum.wav"), _folder.PathOf("melody.wav"));
        await SoxAsync("-n", "-r", "16000", "-b", "16", hum, "synth", "8", "sine", "50", "sine", "100", "sine", "150", "vol", "0.3", "remix", "-");
        await SoxAsync("-n", "-r", "16000", "-b", "16", melody, "synth", "1", "pluck", "C4", "vol", "0.5", "repeat", "6");
        var result = await Sernetd.RunAsync("classify", "--format", "json", hum, melody);
        Assert.Equal(0, result.ExitCode);
        foreach (var answer in result.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement))
        {
            Assert.Equal("none", answer.GetProperty("emotion").GetString());
            Assert.Equal("no speech", answer.GetProperty("reason").GetString());
            Assert.Equal(0, answer.GetProperty("utterances").GetInt32());
        }

        Assert.Contains($"{hum} holds no speech", result.Errors, StringComparison.Ordinal);
    }

    [NeedsFact("data:noise/esc10")]
    public async Task Of_the_barks_and_noises_of_a_corpus_nearly_all_are_none()
    {
        var files = new[] { "dog_bark", "chainsaw", "fire_crackling", "clock_tick" }
            .Select(folder => Path.Combine(Repository.Dataset("noise"), "esc10", folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder).Where(file => !file.EndsWith(".md", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(15))
            .ToList();
        var answers = await ClassifyAsync([.. files]);
        var none = answers.Count(answer => answer.GetProperty("emotion").GetString() == "none");
        figures.WriteLine($"{none} of {answers.Count} noises are none");
        Assert.InRange(none, 0.9 * answers.Count, answers.Count);
    }

    [NeedsFact("sox")]
    public async Task What_is_overdriven_is_said()
    {
        var file = _folder.PathOf("over.wav");
        await SoxAsync(Sernetd.SpokenSample, "-b", "16", file, "gain", "25");
        var result = await Sernetd.RunAsync("classify", file);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("is overdriven", result.Errors, StringComparison.Ordinal);
    }

    [NeedsFact("sox", "python3")]
    public async Task A_long_file_takes_no_more_memory_than_a_short_one()
    {
        var (brief, lengthy) = (_folder.PathOf("short.wav"), _folder.PathOf("long.wav"));
        await SoxAsync(Sernetd.SpokenSample, "-r", "48000", "-c", "2", "-b", "16", brief);
        await SoxAsync(brief, lengthy, "repeat", "23");
        var (little, much) = (await PeakAsync(brief), await PeakAsync(lengthy));
        figures.WriteLine($"25 s: {little} MB, 10 min of 48 kHz stereo: {much} MB");
        Assert.InRange(much, 0, little + 60);
    }

    /// <summary>The peak memory of a run, in MB.</summary>
    private static async Task<double> PeakAsync(string file)
    {
        const string Measure = "import resource,subprocess,sys; r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL); "
            + "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024); sys.exit(r.returncode)";
        var result = await ChildProcess.RunAsync("python3", ["-c", Measure, "dotnet", Repository.Daemon, "classify", file], null, WaitTimeout);
        Assert.True(result.ExitCode == 0, result.Errors);
        return double.Parse(result.Output, CultureInfo.InvariantCulture);
    }

    private static async Task<List<JsonElement>> ClassifyAsync(params string[] arguments)
    {
        var result = await Sernetd.RunAsync(["classify", "--format", "json", .. arguments], null, WaitTimeout);
        Assert.True(result.ExitCode == 0, result.Errors);
        return [.. result.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static async Task SoxAsync(params string[] arguments)
    {
        var made = await ChildProcess.RunAsync("sox", arguments);
        Assert.True(made.ExitCode == 0, made.Errors);
    }
}
