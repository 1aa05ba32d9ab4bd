using System.Globalization;
using System.Runtime.Versioning;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A household enrols and is forgotten: <c>sernetd enrol</c>, feedback over MQTT, <c>sernetd forget</c>.</summary>
[SupportedOSPlatform("linux")]
public sealed class EnrolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Dictionary<string, string> Environment => new() { ["STATE_DIRECTORY"] = _folder.FullPath };

    private string Kept => _folder.PathOf(Path.Combine("learnt", "kitchen.json"));

    public void Dispose() => _folder.Dispose();

    [NeedsFact("sox")]
    public async Task A_person_is_learnt_kept_and_forgotten()
    {
        var enrolled = await EnrolAsync(await MakeAsync("one voice"), "--set", "learn=keep");
        Assert.True(enrolled.ExitCode == 0, enrolled.Errors + enrolled.Output);
        Assert.Contains("8 of 8", enrolled.Output, StringComparison.Ordinal);
        Assert.Contains("sernetd forget --node kitchen --name ANNA", enrolled.Output, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Kept));

        var run = await Sernetd.RunAsync(
            ["run", "--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--node", "kitchen", "--output", "json", "--set", "learn=keep"], Environment);
        Assert.Contains("8 utterances of 1 people who enrolled", run.Errors, StringComparison.Ordinal);
        var untaught = await Sernetd.RunAsync(
            ["run", "--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--node", "kitchen", "--output", "json"], Environment);
        Assert.NotEqual(Raw(untaught), Raw(run));

        Sernetd.AssertRefused(await ForgetAsync("--name", "BEN"), 2, "BEN has not enrolled");
        Assert.Equal(0, (await ForgetAsync("--name", "ANNA")).ExitCode);
        Assert.DoesNotContain("ANNA", await File.ReadAllTextAsync(Kept), StringComparison.Ordinal);
        Assert.Equal(0, (await ForgetAsync()).ExitCode);
        Assert.False(File.Exists(Kept));
        Assert.Contains("Nothing is kept of kitchen", (await ForgetAsync()).Output, StringComparison.Ordinal);
    }

    [NeedsTheory("sox")]
    [InlineData("two voices", "more than one person spoke")]
    [InlineData("one sentence", "Too little was said")]
    [InlineData("a cough", "Nobody was heard")]
    [InlineData("noise", "too noisy")]
    public async Task Of_what_is_not_fit_nothing_is_learnt(string what, string because)
    {
        var refused = await EnrolAsync(await MakeAsync(what), "--set", "learn=keep");
        Sernetd.AssertRefused(refused, 3, because, "Nothing is learnt of ANNA.");
        Assert.False(File.Exists(Kept));
    }

    [Theory]
    [InlineData("learn=off", 2, "because learn is off. If ANNA agrees, set learn: keep")]
    [InlineData("learn=true", 2, "because learn is session")]
    [InlineData("model=light-sernet-emodb-int8", 2, "cannot learn how people sound")]
    public async Task It_needs_consent_and_a_model_that_can(string setting, int exitCode, string because)
    {
        var settings = setting.StartsWith("learn", StringComparison.Ordinal) ? [setting] : new[] { "learn=keep", setting };
        Sernetd.AssertRefused(await EnrolAsync(Sernetd.SpokenSample, [.. settings.SelectMany(text => new[] { "--set", text })]), exitCode, because);
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub", "sox")]
    public async Task The_last_utterance_is_labelled_over_mqtt_kept_and_taken_back()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using (var node = Start(broker))
        {
            await hub.MessageAsync("sernet/kitchen/feedback", "nothing is labelled yet");
            await SayAsync(broker, "sadness");
            await hub.MessageAsync(message => IsAnswer(message, "nothing learnt: nobody has spoken in the last 60 seconds"));

            await node.StandardInput.WriteAsync(await SpeechAsync());
            await node.StandardInput.FlushAsync();
            await hub.MessageAsync(message => message.Topic == "sernet/kitchen/event" && message.Payload.Contains("\"final\"", StringComparison.Ordinal));
            await SayAsync(broker, "sadness");
            await hub.MessageAsync(message => IsAnswer(message, "learnt as sadness; 1 utterance is labelled"));
            await SayAsync(broker, "happiness");
            await hub.MessageAsync(message => IsAnswer(message, "is labelled sadness already; if that was wrong, say undo first"));
            await node.ErrorLineAsync(line => line.Contains("is ignored", StringComparison.Ordinal));

            // From here on the daemon cannot write the file, so the old one stays.
            Directory.CreateDirectory(Kept + ".new");
            await SayAsync(broker, "undo");
            await hub.MessageAsync(message => IsAnswer(message, "taken back; 0 utterances are labelled, in memory only"));
            await node.ErrorLineAsync(line => line.Contains("kitchen.json cannot be written", StringComparison.Ordinal));
            node.Terminate();
            await node.ExitAsync();
        }

        await using (var again = Start(broker))
        {
            await again.ErrorLineAsync(line => line.Contains("0 utterances of 0 people who enrolled, 1 that were labelled", StringComparison.Ordinal));
            again.Terminate();
            await again.ExitAsync();
        }

        ChildProcess Start(MosquittoBroker to) => Sernetd.Start(
            [
                "--device", "stdin", "--node", "kitchen", "--output", "none", "--set", "learn=keep", "--mqtt",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{to.Port}"),
            ],
            Environment);
    }

    private static bool IsAnswer(MqttMessage message, string text) =>
        message.Topic == "sernet/kitchen/feedback" && message.Payload.Contains(text, StringComparison.Ordinal);

    private static Task<ChildResult> SayAsync(MosquittoBroker broker, string word) => ChildProcess.RunAsync(
        "mosquitto_pub",
        ["-h", "127.0.0.1", "-p", broker.Port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-t", "sernet/kitchen/feedback/set", "-m", word]);

    private static string Raw(ChildResult run) => string.Join(
        '\n', run.Output.Split('\n').Where(line => line.Contains("\"final\"", StringComparison.Ordinal)).Select(line => line[line.IndexOf("\"raw\"", StringComparison.Ordinal)..]));

    private Task<ChildResult> EnrolAsync(string file, params string[] more) => Sernetd.RunAsync(
        ["enrol", "--name", "ANNA", "--device", $"file:{file}", "--speed", "max", "--node", "kitchen", .. more], Environment);

    private Task<ChildResult> ForgetAsync(params string[] more) => Sernetd.RunAsync(["forget", "--node", "kitchen", .. more], Environment);

    private async Task<string> MakeAsync(string what) => what switch
    {
        "one voice" => await SoxAsync([Sernetd.SpokenSample], "trim", "0", "4.2", "repeat", "9"),
        "one sentence" => await SoxAsync([Sernetd.SpokenSample], "trim", "0", "4.2"),
        "a cough" => await SoxAsync([Sernetd.SpokenSample], "trim", "0", "0.8", "pad", "0", "40"),

        // The second sentence of the sample is spoken by another voice.
        "two voices" => await SoxAsync(
            [
                await SoxAsync([Sernetd.SpokenSample], "trim", "0", "4.2", "repeat", "3"),
                await SoxAsync([Sernetd.SpokenSample], "trim", "4.6", "4", "repeat", "3"),
            ]),
        _ => await SoxAsync(
            [
                "-m", await SoxAsync([Sernetd.SpokenSample], "repeat", "1"),
                await SoxAsync(["-R", "-n", "-r", "16000", "-c", "1", "-b", "16"], "synth", "60", "brownnoise", "vol", "0.5"),
            ]),
    };

    private async Task<string> SoxAsync(string[] sources, params string[] effects)
    {
        var file = _folder.PathOf($"{Guid.NewGuid():N}.wav");
        var made = await ChildProcess.RunAsync("sox", [.. sources, file, .. effects]);
        Assert.True(made.ExitCode == 0, made.Errors);
        return file;
    }

    /// <summary>One utterance and the silence after it, as raw samples.</summary>
    private async Task<byte[]> SpeechAsync()
    {
        var file = _folder.PathOf("x.raw");
        await ChildProcess.RunAsync("sox", [Sernetd.SpokenSample, "-t", "raw", "-e", "signed", "-b", "16", file, "trim", "0", "4.2", "pad", "0", "3"]);
        return await File.ReadAllBytesAsync(file);
    }
}
