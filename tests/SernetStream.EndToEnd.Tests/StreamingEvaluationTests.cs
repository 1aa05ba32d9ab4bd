using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary><c>sernetd evaluate --streaming</c> on recordings of EMO-DB, on which the built-in model was trained.</summary>
public sealed class StreamingEvaluationTests : IDisposable
{
    private const string Model = "light-sernet-emodb-int8";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("data:emodb")]
    public async Task Labels_that_are_right_and_wrong_come_out_as_counted_by_hand()
    {
        // Six recordings of 1.2 s to 2.6 s on which the model was trained, one of them with a wrong label.
        await TableAsync(
            ("03a01Wa", "anger"), ("03a01Nc", "neutral"), ("08a01Na", "neutral"), ("11a01Ab", "fear"), ("03a02Ta", "sadness"), ("08a02La", "anger"));
        var report = await EvaluateAsync("--pause", "2");

        var stream = report.GetProperty("stream");
        var clips = stream.GetProperty("seconds").GetDouble() - stream.GetProperty("pauseSeconds").GetDouble();
        Assert.Equal(6, stream.GetProperty("utterances").GetInt32());
        Assert.Equal(14, stream.GetProperty("pauseSeconds").GetDouble(), 0.01);
        Assert.InRange(clips, 8, 20);

        // Anger 1 of 2, neutral 2 of 2, fear and sadness 1 of 1: UA (0.5 + 1 + 1 + 1) / 4, WA 5 / 6.
        foreach (var what in new[] { "offline", "events" })
        {
            Assert.Equal(87.5, report.GetProperty(what).GetProperty("ua").GetDouble());
            Assert.Equal(83.33, report.GetProperty(what).GetProperty("wa").GetDouble());
        }

        Assert.Equal(JsonValueKind.Number, report.GetProperty("answered").GetProperty("wa").ValueKind);
        Assert.Equal((6, 0, 0, 0), (Count(report, "finals"), Count(report, "missed"), Count(report, "split"), Count(report, "false")));
        Assert.Equal(83.33, report.GetProperty("events").GetProperty("firstRightSeconds").GetProperty("share").GetDouble());
        Assert.InRange(report.GetProperty("events").GetProperty("firstRightSeconds").GetProperty("p50").GetDouble(), 0.2, 2.5);

        // The gate closes after 0.7 s of silence.
        var delays = report.GetProperty("finalDelaySeconds");
        Assert.InRange(delays.GetProperty("p50").GetDouble(), 0.5, 1);
        Assert.Equal(6, delays.GetProperty("histogram").EnumerateArray().Sum(bar => bar.GetProperty("utterances").GetInt32()));
    }

    [NeedsFact("data:emodb")]
    public async Task One_by_one_it_says_what_evaluate_says_and_two_runs_say_the_same()
    {
        await TableAsync(("03a01Wa", "anger"), ("03a01Nc", "happiness"), ("08a01Na", "sadness"));
        var plain = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--model", Model, "--json");
        var (one, two) = (await EvaluateAsync("--seed", "7"), await EvaluateAsync("--seed", "7"));
        Assert.Equal(one.GetRawText(), two.GetRawText());
        var expected = JsonDocument.Parse(plain.Output).RootElement;
        Assert.Equal(expected.GetProperty("ua").GetDouble(), one.GetProperty("offline").GetProperty("ua").GetDouble());
        Assert.Equal(expected.GetProperty("wa").GetDouble(), one.GetProperty("offline").GetProperty("wa").GetDouble());
        var other = await EvaluateAsync("--seed", "8");
        Assert.NotEqual(one.GetProperty("stream").GetProperty("seconds").GetDouble(), other.GetProperty("stream").GetProperty("seconds").GetDouble());
    }

    [NeedsFact("data:emodb", "data:noise")]
    public async Task Noise_makes_it_worse_and_is_said()
    {
        await TableAsync(("03a01Wa", "anger"), ("03a01Nc", "neutral"), ("08a01Na", "neutral"));
        var noise = Repository.Dataset("noise/background/pink_noise.opus");
        var text = await Sernetd.RunAsync(
            "evaluate", "table", _folder.FullPath, "--model", Model, "--streaming", "--noise", noise, "--snr", "-20");
        Assert.True(text.ExitCode == 0, text.Errors);
        Assert.Contains($"speech -20 dB above {noise}", text.Output, StringComparison.Ordinal);
        var report = await EvaluateAsync("--noise", noise, "--snr", "-20");
        Assert.Equal(-20, report.GetProperty("stream").GetProperty("snrDb").GetDouble());
        Assert.True(
            Count(report, "missed") > 0 || report.GetProperty("offline").GetProperty("wa").GetDouble() < 100, report.GetRawText());
    }

    [Fact]
    public async Task Text_has_the_figures_and_a_histogram_and_a_bad_file_is_named()
    {
        File.Copy(Sernetd.SpokenSample, _folder.PathOf("a.flac"));
        var bad = _folder.Write("b.flac", "this is not audio");
        _folder.Write("labels.csv", "file,label,speaker,sentence\na.flac,anger,01,s\nb.flac,anger,02,s\n");
        var picture = _folder.PathOf("events.svg");
        var result = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--streaming", "--plot", picture);
        Sernetd.AssertRefused(result, 3, bad);
        Assert.Contains("1 utterances of 1 speakers", result.Output, StringComparison.Ordinal);
        Assert.Contains("pauses of 1.5 to 4 s, seed 1, no noise", result.Output, StringComparison.Ordinal);

        // Six sentences in one recording.
        Assert.Contains("in several pieces 1 (100.0 %); 6 final events", result.Output, StringComparison.Ordinal);
        Assert.Contains("█ 1", result.Output, StringComparison.Ordinal);
        Assert.Contains("streamed", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ordinary_speech_is_streamed_too_at_the_sensitivity_that_is_asked_for()
    {
        File.Copy(Sernetd.SpokenSample, _folder.PathOf("a.flac"));
        _folder.Write("labels.csv", "file,label,speaker,sentence\na.flac,anger,01,s\n");
        var ordinary = Directory.CreateDirectory(_folder.PathOf("ordinary")).FullName;
        File.Copy(Sernetd.SpokenSample, Path.Combine(ordinary, "0.flac"));
        foreach (var (how, name, given) in new[] { ("--sensitivity calm", "calm", 0.0), ("--sensitivity eager", "eager", 0), ("--threshold 0.5", null, 100) })
        {
            var result = await Sernetd.RunAsync(
                ["evaluate", "table", _folder.FullPath, "--model", "light-sernet-home-int8", "--streaming", "--everyday", ordinary, .. how.Split(' '), "--json"]);
            Assert.True(result.ExitCode == 0, result.Errors);
            var report = JsonDocument.Parse(result.Output).RootElement;
            Assert.Equal(name, report.GetProperty("stream").GetProperty("sensitivity").GetString());
            var everyday = report.GetProperty("everyday");
            Assert.Equal(("ordinary", 1), (everyday.GetProperty("name").GetString(), everyday.GetProperty("utterances").GetInt32()));
            Assert.Equal(given, everyday.GetProperty("givenAnEmotion").GetDouble());
            Assert.Equal([1, 2, 5, 10], everyday.GetProperty("operatingPoints").EnumerateArray().Select(point => point.GetProperty("falseEmotions").GetInt32()));
        }

        var text = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--streaming", "--everyday", ordinary);
        Assert.Matches(@"sensitivity normal: the threshold 0\.\d+, which gives 5 of 100", text.Output);
        Assert.Contains("ordinary speech, 1 utterances: ", text.Output, StringComparison.Ordinal);
        Assert.Contains("where  5 in 100 may be given one: threshold ", text.Output, StringComparison.Ordinal);

        // Two kinds of it: each is counted by itself.
        var lively = Directory.CreateDirectory(_folder.PathOf("lively")).FullName;
        File.Copy(Sernetd.SpokenSample, Path.Combine(lively, "0.flac"));
        var both = await Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, "--streaming", "--everyday", ordinary, "--everyday", lively, "--json"]);
        var kinds = JsonDocument.Parse(both.Output).RootElement.GetProperty("everyday");
        Assert.Equal(("ordinary and lively", 2), (kinds.GetProperty("name").GetString(), kinds.GetProperty("utterances").GetInt32()));
        Assert.Equal(["ordinary", "lively"], kinds.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetProperty("name").GetString()));
        Sernetd.AssertRefused(
            await Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, "--everyday", ordinary, "--everyday", lively]), 2, "Several folders of --everyday need --streaming");
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        File.Copy(Sernetd.SpokenSample, _folder.PathOf("a.flac"));
        _folder.Write("labels.csv", "file,label,speaker,sentence\na.flac,anger,01,s\n");
        var empty = _folder.PathOf("empty");
        Directory.CreateDirectory(empty);
        await Refused(2, ["--pause", "2"], "--pause means nothing without --streaming");
        await Refused(2, ["--streaming", "--snr", "10"], "--snr means nothing without --noise");
        await Refused(2, ["--streaming", "--noise", empty, "--snr", "90"], "--snr is '90'; it must be -20..60 dB");
        await Refused(2, ["--sensitivity", "calm"], "--sensitivity means nothing without --streaming");
        await Refused(2, ["--streaming", "--sensitivity", "calm", "--model", Model], "has no operating points");
        await Refused(2, ["--streaming", "--sensitivity", "hectic"], "hectic");
        await Refused(2, ["--streaming", "--threshold", "1.5"], "--threshold is '1.5'; it must be greater than 0, at most 1.");
        await Refused(3, ["--streaming", "--noise", empty], "holds no recordings");
        await Refused(3, ["--streaming", "--noise", _folder.PathOf("gone")], "There is no file or folder");
        await Refused(3, ["--streaming", "--noise", _folder.PathOf("labels.csv")], "labels.csv");
        foreach (var pause in new[] { "0.7", "0.5-2", "4-2", "2-61", "long", "2-3-4" })
        {
            await Refused(2, ["--streaming", "--pause", pause], $"--pause is '{pause}'; it must be seconds such as 2 or 1.5-4, above 0.7");
        }

        await Refused(2, ["--streaming", "--pause", ""], "--pause is empty; give it a value");

        async Task Refused(int exitCode, string[] options, string because) => Sernetd.AssertRefused(
            await Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, .. options]), exitCode, because);
    }

    private static int Count(JsonElement report, string name) => report.GetProperty(name).GetInt32();

    private async Task TableAsync(params (string File, string Label)[] clips)
    {
        foreach (var (file, _) in clips)
        {
            File.Copy(Path.Combine(Repository.Dataset("emodb"), "audio", file + ".flac"), _folder.PathOf(file + ".flac"), overwrite: true);
        }

        await File.WriteAllLinesAsync(
            _folder.PathOf("labels.csv"),
            ["file,label,speaker,sentence", .. clips.Select(clip => $"{clip.File}.flac,{clip.Label},{clip.File[..2]},s")]);
    }

    private async Task<JsonElement> EvaluateAsync(params string[] options)
    {
        var result = await Sernetd.RunAsync(["evaluate", "table", _folder.FullPath, "--model", Model, "--streaming", "--json", .. options]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
