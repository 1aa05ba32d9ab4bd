using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary><c>sernetd evaluate --at-home</c> against <c>python3 -m sernet.athome</c>, on part of EMO-DB.</summary>
public sealed class AtHomeTests(ITestOutputHelper figures) : IDisposable
{
    private const string Model = "light-sernet-home-int8";

    // In points. Results of single clips are equal except for rounding at a threshold; the streams are drawn by different generators.
    private const double SameClips = 1;
    private const double OtherOrder = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly string[] Labels = ["anger", "happiness", "neutral", "sadness"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("data:emodb", "data:household")]
    public async Task It_finds_what_the_training_package_finds()
    {
        var (corpus, ordinary) = Material(_ => true);
        var found = await EvaluateAsync(corpus, ordinary);
        var results = _folder.PathOf("athome.json");
        var python = await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [
                "-m", "sernet.athome", "--model", Repository.PathOf("src", "SernetStream.Models", "BuiltIn", Model + ".json"), "--data", corpus,
                "--everyday", ordinary, "--features", _folder.PathOf("features"), "--results", results,
            ],
            new Dictionary<string, string> { ["PYTHONPATH"] = Repository.PathOf("training") },
            Patience);
        Assert.True(python.ExitCode == 0, python.Errors);
        var expected = JsonDocument.Parse(File.ReadAllText(results)).RootElement;

        foreach (var rate in expected.GetProperty("recallAt").EnumerateObject())
        {
            Close(rate.Value, found.GetProperty("recallAt").GetProperty(rate.Name), SameClips, $"recall at {rate.Name}");
        }

        Compare(expected.GetProperty("balanced").GetProperty("alone"), found.GetProperty("balanced").GetProperty("byItself").GetProperty("alone"), SameClips, "alone");
        foreach (var home in new[] { "of1", "of2", "of4" })
        {
            Compare(expected.GetProperty("balanced").GetProperty(home), found.GetProperty("balanced").GetProperty(home).GetProperty("adapted"), OtherOrder, $"balanced {home}");
            foreach (var part in new[] { "everyClipOnce", "first", "last", "firstAlone", "lastAlone" })
            {
                Compare(
                    expected.GetProperty("lasting").GetProperty(home).GetProperty(part),
                    found.GetProperty("lasting").GetProperty(home).GetProperty(part), OtherOrder, $"lasting {home} {part}");
            }

            foreach (var part in new[] { "alone", "adapted" })
            {
                Compare(
                    expected.GetProperty("mostlyNeutral").GetProperty(home).GetProperty(part),
                    found.GetProperty("mostlyNeutral").GetProperty(home).GetProperty(part), OtherOrder, $"mostly neutral {home} {part}");
            }
        }
    }

    [NeedsFact("data:emodb", "data:household")]
    public async Task Two_runs_say_the_same_and_the_curve_is_drawn()
    {
        var (corpus, ordinary) = Material(speaker => speaker is "11" or "12");
        var picture = _folder.PathOf("curve.svg");
        var one = await EvaluateAsync(corpus, ordinary, "--plot-recall", picture);
        Assert.Equal(one.GetRawText(), (await EvaluateAsync(corpus, ordinary)).GetRawText());
        var svg = System.Xml.Linq.XDocument.Load(picture);
        Assert.Contains(svg.Descendants(), element => element.Name.LocalName == "polyline");

        // A model without a baseline gives the same results in every home.
        var text = await Sernetd.RunAsync(["evaluate", "table", corpus, "--at-home", "--model", "light-sernet-emodb-int8"], null, Patience);
        Assert.Contains("balanced        –", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("lasting", text.Output, StringComparison.Ordinal);
    }

    [NeedsFact("data:emodb")]
    public async Task Through_the_pipeline_homes_are_streams_and_the_daemons_threshold_decides()
    {
        var (corpus, _) = Material(speaker => speaker == "11");
        var clips = await StreamedAsync(corpus);
        var streamed = await StreamedAsync(corpus, "--streaming");
        Assert.Equal("normal", streamed.GetProperty("threshold").GetString());
        Assert.False(clips.TryGetProperty("lasting", out _));

        // A network that streams remembers nothing, so homes change no more than the smoothing between utterances does.
        var alone = streamed.GetProperty("balanced").GetProperty("byItself").GetProperty("alone");
        Close(clips.GetProperty("balanced").GetProperty("byItself").GetProperty("alone").GetProperty("ua"), alone.GetProperty("ua"), OtherOrder, "alone");
        Close(alone.GetProperty("ua"), streamed.GetProperty("balanced").GetProperty("of1").GetProperty("adapted").GetProperty("ua"), OtherOrder, "balanced");
        var lasting = streamed.GetProperty("lasting").GetProperty("of1");
        foreach (var end in new[] { "first", "last" })
        {
            Close(lasting.GetProperty($"{end}Alone").GetProperty("ua"), lasting.GetProperty(end).GetProperty("ua"), OtherOrder, $"lasting, {end}");
        }

        // Stricter thresholds leave less.
        var strict = await StreamedAsync(corpus, "--streaming", "--threshold", "0.99");
        Assert.True(
            strict.GetProperty("balanced").GetProperty("byItself").GetProperty("alone").GetProperty("recall").GetDouble() < alone.GetProperty("recall").GetDouble());
        Assert.Equal(streamed.GetRawText(), (await StreamedAsync(corpus, "--streaming")).GetRawText());
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        File.Copy(Sernetd.SpokenSample, _folder.PathOf("a.flac"));
        _folder.Write("labels.csv", "file,label,speaker,sentence\na.flac,anger,01,s\n");
        await Refused(["--at-home"], "have no happiness in common");
        await Refused(["--at-home", "--home", "2"], "leave --home away");
        await Refused(["--at-home", "--streaming", "--everyday", _folder.FullPath], "leave --everyday away");
        await Refused(["--at-home", "--plot", "x.svg"], "leave --plot");
        await Refused(["--at-home", "--plot-recall", "x.svg"], "give all three");
        await Refused(["--plot-recall", "x.svg"], "give all three");

        async Task Refused(string[] options, string because) => Sernetd.AssertRefused(
            await Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, "--model", Model, .. options]), 2, because);
    }

    private void Compare(JsonElement expected, JsonElement found, double bound, string what)
    {
        // Where most clips are neutral, few clips decide the recall, so recall is compared only on equal clips.
        foreach (var figure in bound == SameClips ? new[] { "ua", "wa", "recallAtFive" } : ["ua", "wa"])
        {
            Close(expected.GetProperty(figure), found.GetProperty(figure), bound, $"{what}, {figure}");
        }
    }

    private void Close(JsonElement expected, JsonElement found, double bound, string what)
    {
        figures.WriteLine($"{what}: {expected} and {found}");
        Assert.True(Math.Abs(expected.GetDouble() - found.GetDouble()) <= bound, $"{what}: {expected} and {found}");
    }

    /// <summary>The clips of some speakers with the four labels, and a tenth of the orders.</summary>
    private (string Corpus, string Ordinary) Material(Predicate<string> speaks)
    {
        var emodb = Repository.Dataset("emodb");
        var corpus = Directory.CreateDirectory(_folder.PathOf("acted")).FullName;
        Directory.CreateDirectory(Path.Combine(corpus, "audio"));
        var rows = File.ReadAllLines(Path.Combine(emodb, "labels.csv"));
        var kept = rows.Skip(1).Where(row => row.Split(',') is [_, var label, var speaker, ..] && Labels.Contains(label) && speaks(speaker)).ToList();
        File.WriteAllLines(Path.Combine(corpus, "labels.csv"), [rows[0], .. kept]);
        foreach (var file in kept.Select(row => row.Split(',')[0]))
        {
            File.Copy(Path.Combine(emodb, file), Path.Combine(corpus, file));
        }

        var ordinary = Directory.CreateDirectory(_folder.PathOf("orders")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Dataset("household"), "commands"), "*.opus").Order(StringComparer.Ordinal).Where((_, place) => place % 10 == 0))
        {
            File.Copy(file, Path.Combine(ordinary, Path.GetFileName(file)));
        }

        return (corpus, ordinary);
    }

    /// <summary>The default model.</summary>
    private static async Task<JsonElement> StreamedAsync(string corpus, params string[] more)
    {
        var result = await Sernetd.RunAsync(["evaluate", "table", corpus, "--at-home", "--json", .. more], null, Patience);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static async Task<JsonElement> EvaluateAsync(string corpus, string ordinary, params string[] more)
    {
        var result = await Sernetd.RunAsync(
            ["evaluate", "table", corpus, "--model", Model, "--at-home", "--everyday", ordinary, "--json", .. more], null, Patience);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
