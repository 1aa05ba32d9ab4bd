using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

public sealed class AuditTests : IDisposable
{
    private const int Rate = 16000;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _rows = ["file,label,speaker,sentence"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_corpus_whose_lengths_tell_the_label_is_found_out_and_evaluate_says_so()
    {
        var draw = new Random(1);
        for (var clip = 0; clip < 30; clip++)
        {
            Add($"a{clip}.wav", "anger", clip % 3, 0.5, draw);
            Add($"s{clip}.wav", "sadness", clip % 3, 0.75, draw);
        }

        var table = Write();
        var text = await Sernetd.RunAsync("audit", "table", table);
        Assert.True(text.ExitCode == 0, text.Errors);
        Assert.Contains("the duration alone, without any speech, predicts 100 % of the emotions (chance: 50 %)", text.Output, StringComparison.Ordinal);

        var json = await Sernetd.RunAsync("audit", "table", table, "--json");
        var duration = JsonDocument.Parse(json.Output).RootElement.GetProperty("giveaways").GetProperty("duration");
        Assert.Equal((100, true), (duration.GetProperty("ua").GetDouble(), duration.GetProperty("trap").GetBoolean()));

        var evaluated = await Sernetd.RunAsync("evaluate", "table", table, "--model", "light-sernet-emodb-int8");
        Assert.Contains("the duration alone", evaluated.Output, StringComparison.Ordinal);
        var figures = await Sernetd.RunAsync("evaluate", "table", table, "--model", "light-sernet-emodb-int8", "--json");
        Assert.Single(JsonDocument.Parse(figures.Output).RootElement.GetProperty("traps").EnumerateArray());
    }

    [Fact]
    public async Task What_is_missing_damaged_silent_doubled_too_long_or_unknown_is_named_and_the_rest_is_judged()
    {
        var draw = new Random(2);
        Add("good.wav", "anger", 1, 0.5, draw);
        Add("other.wav", "gloom", 2, 0.5, draw);
        Add("silent.wav", "anger", 2, 0.5, null);
        Add("short.wav", "sadness", 1, 0.1, draw);
        Add("long.wav", "anger", 1, 61, draw);
        _rows.Add("gone.wav,anger,1,s");
        _rows.Add("double.wav,sadness,1,s");
        _rows.Add("damaged.wav,anger,1,s");
        File.Copy(_folder.PathOf("good.wav"), _folder.PathOf("double.wav"));
        _folder.Write("damaged.wav", "this is not audio");
        var result = await Sernetd.RunAsync("audit", "table", Write());
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("the first is gone.wav", result.Errors, StringComparison.Ordinal);
        Assert.Contains("damaged.wav", result.Errors, StringComparison.Ordinal);
        string[] named =
        [
            "every sample is zero: silent.wav", "shorter than 0.2 s: short.wav", "longer than 60 s: long.wav",
            "double.wav, good.wav, and their labels differ",
        ];
        foreach (var sentence in (string[])["6 recordings", "'gloom'", .. named])
        {
            Assert.Contains(sentence, result.Output, StringComparison.Ordinal);
        }

        // What evaluate judges is named there too, and it goes on.
        var evaluated = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--model", "light-sernet-emodb-int8");
        Assert.Equal(3, evaluated.ExitCode);
        Assert.All(named, sentence => Assert.Contains(sentence, evaluated.Output, StringComparison.Ordinal));
        Assert.All((string[])["gone.wav", "damaged.wav"], file => Assert.Contains(file, evaluated.Errors, StringComparison.Ordinal));
        var json = await Sernetd.RunAsync("evaluate", "table", _folder.FullPath, "--model", "light-sernet-emodb-int8", "--json");
        var findings = JsonDocument.Parse(json.Output).RootElement.GetProperty("findings").ToString();
        Assert.All(named, sentence => Assert.Contains(sentence, findings, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_no_data_set_is_refused()
    {
        Sernetd.AssertRefused(await Sernetd.RunAsync("audit", "emo", _folder.FullPath), 2, "'emo'");
        Sernetd.AssertRefused(await Sernetd.RunAsync("audit", "table", _folder.PathOf("gone")), 3, "no folder");
        Sernetd.AssertRefused(await Sernetd.RunAsync("audit", "table", _folder.FullPath), 3, "labels.csv");
        _rows.Add("gone.wav,anger,1,s");
        Sernetd.AssertRefused(await Sernetd.RunAsync("audit", "table", Write()), 3, "None of the 0 files");
        Sernetd.AssertRefused(await Sernetd.RunAsync("evaluate", "table", _folder.FullPath), 3, "gone.wav; copy the data set again");
    }

    private void Add(string file, string label, int speaker, double seconds, Random? draw)
    {
        var samples = new short[(int)(seconds * Rate)];
        var loud = draw?.Next(3000, 30000) ?? 0;
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = (short)(draw?.Next(-loud, loud) ?? 0);
        }

        File.WriteAllBytes(_folder.PathOf(file), Wav.Pcm16(Rate, 1, samples));
        _rows.Add($"{file},{label},{speaker},s");
    }

    private string Write()
    {
        _folder.Write("labels.csv", string.Join('\n', _rows));
        return _folder.FullPath;
    }
}
