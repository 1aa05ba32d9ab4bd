using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

public sealed class EvaluateTests : IDisposable
{
    private const string WithBaseline = "light-sernet-home-int8";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_counts_what_classify_says()
    {
        var heard = await ClassifyAsync("light-sernet-streaming-int8");
        var other = heard == "anger" ? "sadness" : "anger";
        Table($"a.flac,{heard},01,s1", $"b.flac,{other},02,s1", "c.flac,surprise,02,s2");
        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--json");
        Assert.Equal(0, result.ExitCode);
        var report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(2, report.GetProperty("clips").GetInt32());
        Assert.Equal(50, report.GetProperty("ua").GetDouble());
        Assert.Equal(50, report.GetProperty("wa").GetDouble());
        Assert.Equal(1, report.GetProperty("leftOut").GetProperty("surprise").GetInt32());
        Assert.Equal(100, report.GetProperty("speakers").GetProperty("01").GetProperty("ua").GetDouble());
        var labels = report.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!).ToList();
        Assert.Equal(1, report.GetProperty("confusion")[labels.IndexOf(other)][labels.IndexOf(heard)].GetInt32());
    }

    [Fact]
    public async Task Text_says_the_measures_and_what_was_left_out()
    {
        Table("a.flac,anger,01,s1", "b.flac,surprise,02,s1");
        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("1 clips of 1 speakers", result.Output, StringComparison.Ordinal);
        Assert.Contains("UA ", result.Output, StringComparison.Ordinal);
        Assert.Contains("1 clips of surprise, which the model does not know", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_confusion_matrix_is_drawn()
    {
        Table("a.flac,anger,01,s1", "b.flac,anger,02,s1");
        var picture = _folder.PathOf("confusion.svg");
        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--plot", picture);
        Assert.True(result.ExitCode == 0, result.Errors);
        var texts = System.Xml.Linq.XDocument.Load(picture).Descendants().Select(element => element.Value).ToList();
        Assert.Contains("anger", texts);
        Assert.Contains("100 %", texts);
        Assert.Equal("", result.Errors);

        var nowhere = _folder.PathOf(Path.Combine("no", "such", "folder.svg"));
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--plot", nowhere), 1, nowhere);
    }

    [Fact]
    public async Task What_confidence_is_worth_is_said_and_drawn()
    {
        const string AlwaysAnswers = "light-sernet-emodb-int8";
        var heard = await ClassifyAsync(AlwaysAnswers);
        Table($"a.flac,{heard},01,s1", $"b.flac,{(heard == "anger" ? "sadness" : "anger")},02,s1");
        var picture = _folder.PathOf("reliability.svg");
        var result = await Sernetd.RunAsync(
            "evaluate", "table", _folder.FullPath, "--model", AlwaysAnswers, "--json", "--plot-reliability", picture);
        var report = JsonDocument.Parse(result.Output).RootElement;

        // Two copies of one recording, one labelled correctly: they share one bin, whose accuracy is a half.
        var bin = Assert.Single(report.GetProperty("reliability").EnumerateArray(), bin => bin.GetProperty("clips").GetInt32() > 0);
        Assert.Equal((2, 0.5), (bin.GetProperty("clips").GetInt32(), bin.GetProperty("accuracy").GetDouble()));
        Assert.Equal(Math.Abs(bin.GetProperty("confidence").GetDouble() - 0.5), report.GetProperty("ece").GetDouble(), 2e-4);
        Assert.Equal([100, 90, 80, 70, 60, 50], report.GetProperty("coverage").EnumerateArray().Select(c => c.GetProperty("coverage").GetInt32()));
        Assert.All(report.GetProperty("coverage").EnumerateArray(), c => Assert.Equal(50, c.GetProperty("wa").GetDouble()));
        Assert.Equal(0, report.GetProperty("unknown").GetProperty("share").GetDouble());
        Assert.Contains("50 % of 2 right", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speakers_can_be_chosen()
    {
        Table("a.flac,anger,01,s1", "b.flac,anger,02,s1", "c.flac,anger,03,s1");
        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--json", "--speaker", "01", "--speaker", "03");
        var speakers = JsonDocument.Parse(result.Output).RootElement.GetProperty("speakers");
        Assert.Equal(["01", "03"], speakers.EnumerateObject().Select(speaker => speaker.Name));
        Sernetd.AssertRefused(
            await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--speaker", "4"), 2, "There is no speaker '4'", "01, 02, 03");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named_and_the_others_count()
    {
        Table("a.flac,anger,01,s1", "b.flac,anger,02,s1");
        var bad = _folder.Write("b.flac", "this is not audio");
        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--json");
        Sernetd.AssertRefused(result, 3, bad);
        var report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(1, report.GetProperty("clips").GetInt32());
        Assert.Equal(1, report.GetProperty("unread").GetInt32());
    }

    [Fact]
    public async Task At_home_each_clip_is_heard_after_the_others()
    {
        Table("a.flac,anger,01,s1", "b.flac,anger,01,s2", "c.flac,anger,02,s1", "d.flac,anger,02,s2");
        var byThemselves = await ConfidenceAsync();
        var atHome = await ConfidenceAsync("--home", "1");
        // Four copies of one recording. Alone they give equal results; at home, each speaker's second clip follows the first.
        Assert.Equal(4, Assert.Single(byThemselves).Clips);
        Assert.Equal(4, atHome.Sum(bin => bin.Clips));
        Assert.NotEqual(byThemselves, atHome);

        async Task<List<(double Confidence, int Clips)>> ConfidenceAsync(params string[] more)
        {
            var result = await Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, "--model", WithBaseline, "--json", .. more]);
            Assert.True(result.ExitCode == 0, result.Errors);
            return [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("reliability").EnumerateArray()
                .Where(bin => bin.GetProperty("clips").GetInt32() > 0)
                .Select(bin => (bin.GetProperty("confidence").GetDouble(), bin.GetProperty("clips").GetInt32()))];
        }
    }

    [Fact]
    public async Task Ordinary_speech_that_is_given_an_emotion_is_counted()
    {
        Table("a.flac,anger,01,s1");
        var ordinary = Directory.CreateDirectory(_folder.PathOf("ordinary")).FullName;
        foreach (var name in new[] { "0", "1", "2" })
        {
            // The names put 0 and 1 into the half for judging.
            File.Copy(Sernetd.SpokenSample, Path.Combine(ordinary, $"{name}.flac"));
        }

        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--everyday", ordinary, "--json");
        var everyday = JsonDocument.Parse(result.Output).RootElement.GetProperty("everyday");
        Assert.Equal(2, everyday.GetProperty("clips").GetInt32());
        Assert.Contains(everyday.GetProperty("givenAnEmotion").GetDouble(), new double[] { 0, 100 });

        // The data set contains the same recording, so a threshold that rejects it once rejects every copy.
        Assert.Equal([1, 2, 5, 10], everyday.GetProperty("operatingPoints").EnumerateArray().Select(p => p.GetProperty("falseMoods").GetInt32()));
        Assert.All(everyday.GetProperty("operatingPoints").EnumerateArray(), p => Assert.Equal(0, p.GetProperty("recall").GetDouble()));
        var text = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--everyday", ordinary);
        Assert.Contains("ordinary speech, 2 recordings", text.Output, StringComparison.Ordinal);

        Sernetd.AssertRefused(
            await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--model", WithBaseline, "--everyday", ordinary, "--home", "1"), 2, "leave --home out");
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--everyday", _folder.PathOf("gone")), 3, "no folder");
    }

    [Fact]
    public async Task A_home_that_makes_no_sense_is_refused()
    {
        Table("a.flac,anger,01,s1");
        Sernetd.AssertRefused(await EvaluateAsync("--home", "0"), 2, "--home is 0");
        Sernetd.AssertRefused(await EvaluateAsync("--home", "2", "--streaming"), 2, "leave --home out");
        Sernetd.AssertRefused(await EvaluateAsync("--home", "2", "--model", "light-sernet-emodb-int8"), 2, "learns no baseline");

        Task<ChildResult> EvaluateAsync(params string[] more) => Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, .. more]);
    }

    [Fact]
    public async Task Wrong_names_and_folders_are_refused()
    {
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "emo", _folder.FullPath), 2, "'emo'", "emodb");
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "emodb", _folder.FullPath), 3, "named as in EMO-DB");
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "emodb", _folder.PathOf("gone")), 3, "no folder");
        Table("a.flac,surprise,01,s1");
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "table", _folder.FullPath), 2, "knows none of the emotions");
    }

    private static async Task<string> ClassifyAsync(string model)
    {
        var result = await Sernetd.RunAsync("classify", "--middle", "--format", "json", "--model", model, Sernetd.SpokenSample);
        return JsonDocument.Parse(result.Output).RootElement.GetProperty("likeliest").GetString()!;
    }

    /// <summary>Writes a corpus of copies of the spoken sample.</summary>
    private void Table(params string[] rows)
    {
        foreach (var row in rows)
        {
            File.Copy(Sernetd.SpokenSample, _folder.PathOf(row.Split(',')[0]), overwrite: true);
        }

        _folder.Write("labels.csv", string.Join('\n', ["file,label,speaker,sentence", .. rows]) + "\n");
    }
}
