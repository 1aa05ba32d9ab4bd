using System.Text.Json;
using System.Text.Json.Nodes;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

public sealed class ClassifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Json_is_one_object_a_line()
    {
        var result = await Sernetd.RunAsync("classify", "--format", "json", Sernetd.SpokenSample, Sernetd.SpokenSample);
        Assert.Equal(0, result.ExitCode);
        var lines = result.Output.Split('\n');
        Assert.Equal(2, lines.Length);
        var answer = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(Sernetd.SpokenSample, answer.GetProperty("file").GetString());
        Assert.InRange(answer.GetProperty("seconds").GetDouble(), 20, 30);
        var probabilities = answer.GetProperty("probabilities");
        Assert.Equal(
            answer.GetProperty("confidence").GetDouble(),
            probabilities.GetProperty(answer.GetProperty("likeliest").GetString()!).GetDouble());
        Assert.Equal(1, probabilities.EnumerateObject().Sum(p => p.Value.GetDouble()), 1e-3);
    }

    [NeedsFact("ffmpeg")]
    public async Task What_only_ffmpeg_reads_gets_the_same_answer()
    {
        var video = _folder.PathOf("a.m4a");
        await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-loglevel", "error", "-i", Sernetd.SpokenSample, "-c:a", "aac", "-b:a", "128k", video]);
        var result = await Sernetd.RunAsync("classify", "--format", "json", Sernetd.SpokenSample, video);
        Assert.Equal(0, result.ExitCode);
        var answers = result.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        foreach (var name in (string[])["emotion", "utterances"])
        {
            Assert.Equal(answers[0].GetProperty(name).ToString(), answers[1].GetProperty(name).ToString());
        }

        Assert.Equal(answers[0].GetProperty("seconds").GetDouble(), answers[1].GetProperty("seconds").GetDouble(), 0.1);
        Assert.Equal(answers[0].GetProperty("confidence").GetDouble(), answers[1].GetProperty("confidence").GetDouble(), 0.1);
        using var empty = new TemporaryFolder();
        var without = await Sernetd.RunAsync(["classify", video], new Dictionary<string, string> { ["PATH"] = empty.FullPath });
        Sernetd.AssertRefused(without, 3, video, "sudo apt install ffmpeg");
    }

    [Fact]
    public async Task Csv_has_a_header_and_quotes_what_needs_it()
    {
        var odd = _folder.PathOf("a, \"b\".flac");
        File.Copy(Sernetd.SpokenSample, odd);
        var result = await Sernetd.RunAsync("classify", "--format", "csv", odd);
        Assert.Equal(0, result.ExitCode);
        var lines = result.Output.Split('\n');
        Assert.Equal("file,emotion,confidence,seconds,anger,happiness,neutral,sadness,speechSeconds,utterances,reason", lines[0]);
        Assert.StartsWith($"\"{odd.Replace("\"", "\"\"", StringComparison.Ordinal)}\",", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_files_are_named_and_the_good_one_is_still_classified()
    {
        var missing = _folder.PathOf("missing.wav");
        var empty = _folder.Write("empty.wav", "");
        var text = _folder.Write("text.wav", "this is not audio, whatever its name says");
        var result = await Sernetd.RunAsync(
            "classify", missing, empty, text, _folder.FullPath, Sernetd.SpokenSample);
        Sernetd.AssertRefused(result, 3, missing, empty, text, _folder.FullPath);
        Assert.Contains(Sernetd.SpokenSample, Assert.Single(result.Output.Split('\n')), StringComparison.Ordinal);
        Assert.Equal(4, result.Errors.Split('\n').Length);
    }

    [Fact]
    public async Task A_silent_file_is_none_and_says_so()
    {
        var silent = _folder.Write("silent.wav", Wav.Pcm16(16000, 1, new short[16000]));
        var result = await Sernetd.RunAsync("classify", "--format", "json", silent);
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("is silent: every sample is zero.", Assert.Single(result.Errors.Split('\n')), StringComparison.Ordinal);
        Assert.Equal("none", JsonDocument.Parse(result.Output).RootElement.GetProperty("emotion").GetString());
    }

    [Fact]
    public async Task A_file_that_is_cut_off_is_judged_by_what_is_there()
    {
        var whole = Wav.Pcm16(16000, 1, Wav.Tone(48000));
        var cut = _folder.Write("cut.wav", whole.AsSpan(0, whole.Length / 3));
        var result = await Sernetd.RunAsync("classify", "--format", "json", cut);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("cut off", result.Errors, StringComparison.Ordinal);
        Assert.InRange(JsonDocument.Parse(result.Output).RootElement.GetProperty("seconds").GetDouble(), 0.9, 1.01);
    }

    [Fact]
    public async Task What_the_card_does_not_trust_is_unknown_and_the_likeliest_is_still_said()
    {
        var card = OwnModel(("unknown", """{"confidenceBelow":0.99,"entropyAbove":0.9}"""));
        var known = JsonDocument.Parse((await Classify("json", "light-sernet-emodb-int8")).Output).RootElement;
        var unknown = JsonDocument.Parse((await Classify("json", card)).Output).RootElement;
        var likeliest = known.GetProperty("emotion").GetString();
        Assert.Equal(likeliest, known.GetProperty("likeliest").GetString());
        Assert.Equal("unknown", unknown.GetProperty("emotion").GetString());
        Assert.Equal(likeliest, unknown.GetProperty("likeliest").GetString());
        foreach (var same in new[] { "confidence", "probabilities", "arousal", "seconds" })
        {
            Assert.Equal(known.GetProperty(same).GetRawText(), unknown.GetProperty(same).GetRawText());
        }

        Assert.InRange(known.GetProperty("arousal").GetDouble(), 0.15, 0.9);
        Assert.StartsWith($"unknown ({likeliest}) ", (await Classify("text", card)).Output, StringComparison.Ordinal);
        var csv = (await Classify("csv", card)).Output.Split('\n');
        Assert.Equal("file,emotion,confidence,seconds,anger,boredom,disgust,fear,happiness,neutral,sadness,speechSeconds,utterances,reason", csv[0]);
        Assert.StartsWith($"{Sernetd.SpokenSample},unknown,{known.GetProperty("confidence").GetRawText()[..4]}", csv[1], StringComparison.Ordinal);

        Task<ChildResult> Classify(string format, string model) =>
            Sernetd.RunAsync("classify", "--middle", "--format", format, "--model", model, Sernetd.SpokenSample);
    }

    [Fact]
    public async Task Show_says_the_licence_first_and_what_it_forbids()
    {
        var card = OwnModel(
            ("training", """{"corpora":["ravdess"],"protocol":"all","licence":"CC BY-NC-SA 4.0 (RAVDESS)","languages":["English"]}"""),
            ("temperature", "1.5"),
            ("unknown", """{"confidenceBelow":0.45}"""));
        var lines = (await Sernetd.RunAsync("models", "show", card)).Output.Split('\n');
        Assert.Equal("licence       CC BY-NC-SA 4.0 (RAVDESS) – NOT FOR COMMERCIAL USE", lines[1]);
        Assert.Contains("temperature   1.5", lines);
        Assert.Contains("unknown       below a confidence of 0.45", lines);
        Assert.Contains("languages     English", lines);
    }

    [NeedsFact("sox")]
    public async Task Every_width_channel_count_and_rate_gives_the_same_answer()
    {
        var files = new List<string>();
        foreach (var (rate, channels, bits, encoding) in new[]
        {
            (8000, 1, 16, "signed-integer"), (11025, 2, 8, "unsigned-integer"), (16000, 8, 16, "signed-integer"),
            (22050, 1, 24, "signed-integer"), (44100, 2, 32, "signed-integer"), (48000, 6, 32, "floating-point"),
            (96000, 1, 24, "signed-integer"), (32000, 3, 64, "floating-point"),
        })
        {
            var file = _folder.PathOf($"{rate}-{channels}-{bits}.wav");
            var made = await ChildProcess.RunAsync(
                "sox", [Sernetd.SpokenSample, "-r", $"{rate}", "-c", $"{channels}", "-b", $"{bits}", "-e", encoding, file, "trim", "0", "2.5"]);
            Assert.True(made.ExitCode == 0, made.Errors);
            files.Add(file);
        }

        var result = await Sernetd.RunAsync(["classify", "--middle", "--format", "json", .. files]);
        Assert.True(result.ExitCode == 0, result.Errors);
        var answers = result.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(files, answers.Select(a => a.GetProperty("file").GetString()));
        Assert.All(answers, a => Assert.InRange(a.GetProperty("seconds").GetDouble(), 2.49, 2.51));
        // The 4 kHz bandwidth at 8 kHz and the noise of 8 bits change the answer of any model; the others must agree.
        var full = answers.Where(a => !a.GetProperty("file").GetString()!.Contains("8000-", StringComparison.Ordinal)
            && !a.GetProperty("file").GetString()!.Contains("11025-", StringComparison.Ordinal));
        Assert.Single(full.Select(a => a.GetProperty("emotion").GetString()).Distinct());
    }

    [Fact]
    public async Task A_wrong_command_line_is_exit_code_2()
    {
        Sernetd.AssertRefused(await Sernetd.RunAsync("classify"), 2, "sernetd --help");
        Sernetd.AssertRefused(
            await Sernetd.RunAsync("classify", "--in-turn", "--model", "light-sernet-emodb-int8", Sernetd.SpokenSample), 2, "--in-turn");
        Sernetd.AssertRefused(await Sernetd.RunAsync("classify", "--middle", "--timeline", Sernetd.SpokenSample), 2, "--middle");
        Sernetd.AssertRefused(await Sernetd.RunAsync("classify", "--plot", "x.svg", Sernetd.SpokenSample, Sernetd.SpokenSample), 2, "--plot");
        Sernetd.AssertRefused(await Sernetd.RunAsync("classify", "--format", "xml", Sernetd.SpokenSample), 2, "xml");
        Sernetd.AssertRefused(await Sernetd.RunAsync("clasify", Sernetd.SpokenSample), 2, "clasify");
        Sernetd.AssertRefused(
            await Sernetd.RunAsync("classify", "--model", "mars", Sernetd.SpokenSample), 2, "'mars'", "light-sernet-emodb-int8");
    }

    [Fact]
    public async Task A_model_that_cannot_be_used_is_refused_with_a_sentence()
    {
        var source = Repository.PathOf("src", "SernetStream.Models", "BuiltIn");
        foreach (var file in Directory.GetFiles(source))
        {
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        }

        var cardFile = _folder.PathOf("light-sernet-emodb-int8.json");
        var model = _folder.PathOf("light-sernet-emodb-int8.onnx");
        async Task Refused(int exitCode, params string[] because) =>
            Sernetd.AssertRefused(await Sernetd.RunAsync("classify", "--model", cardFile, Sernetd.SpokenSample), exitCode, because);

        var card = JsonNode.Parse(File.ReadAllText(cardFile))!.AsObject();
        void Change(string key, JsonNode value)
        {
            var changed = card.DeepClone().AsObject();
            changed[key] = value;
            File.WriteAllText(cardFile, changed.ToJsonString());
        }

        Change("labels", new JsonArray("calm", "angry"));
        await Refused(3, "does not fit its card", "[1, 2]", "[1, 7]");
        Change("frontEnd", JsonNode.Parse("""{"preset":"light-sernet","segmentSeconds":7}""")!);
        await Refused(3, "does not fit its card", "184");
        Change("sha256", new string('0', 64));
        await Refused(3, "SHA-256");
        File.WriteAllText(cardFile, "{");
        await Refused(3, "cannot be read");
        Change("sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("junk"u8)));
        File.WriteAllText(model, "junk");
        await Refused(3, "ONNX Runtime cannot load the model");
        File.Delete(model);
        await Refused(2, "no model at");
        File.Delete(cardFile);
        await Refused(2, "no model card at");
    }

    /// <summary>The built-in model with another card; its path.</summary>
    private string OwnModel(params (string Key, string Value)[] fields)
    {
        const string name = "light-sernet-emodb-int8";
        var source = Repository.PathOf("src", "SernetStream.Models", "BuiltIn");
        var card = JsonNode.Parse(File.ReadAllText(Path.Combine(source, name + ".json")))!.AsObject();
        foreach (var (key, value) in fields)
        {
            card[key] = JsonNode.Parse(value);
        }

        File.Copy(Path.Combine(source, name + ".onnx"), _folder.PathOf(name + ".onnx"));
        return _folder.Write(name + ".json", card.ToJsonString());
    }
}
