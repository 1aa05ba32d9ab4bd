using System.Globalization;
using SernetStream.Plugins.Hermes;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Hermes;

/// <summary>The plugin at a real Mosquitto, with messages as Rhasspy sends them.</summary>
public sealed class HermesPluginTests
{
    private const string Emotion = "hermes/sernet/kitchen/emotion";

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task Emotions_are_published_for_the_site_and_as_wake_words_and_intents_only_if_asked()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var rhasspy = await broker.SubscribeAsync("hermes/#");
        await using (var plain = await RunningAsync(broker))
        {
            plain.Context.Hear(Events.Make(EmotionEventKind.Interim, 1));
            plain.Context.Hear(Events.Make(EmotionEventKind.Change, 2));
            var event2 = EmotionEventJson.ToText(Events.Make(EmotionEventKind.Change, 2));
            await rhasspy.MessageAsync(Emotion, $$"""{"siteId":"kitchen",{{event2[1..]}}""");
        }

        Assert.Single(rhasspy.Messages);
        await using var plugin = await RunningAsync(broker, ("wake_emotions:0", "anger"), ("intent", "Mood"), ("kinds:0", "final"));
        plugin.Context.Hear(Events.Make(EmotionEventKind.Change, 3));
        await rhasspy.MessageAsync(
            "hermes/hotword/anger/detected",
            """{"modelId":"light-sernet-emodb-int8","modelVersion":"","modelType":"universal","currentSensitivity":1,"siteId":"kitchen","sessionId":""}""");
        await rhasspy.MessageAsync(
            "hermes/intent/Mood",
            """{"input":"anger","intent":{"intentName":"Mood","confidenceScore":0.81},"siteId":"kitchen","sessionId":"","id":"","slots":[{"entity":"emotion","slotName":"emotion","confidence":0.81,"value":{"kind":"Unknown","value":"anger"},"rawValue":"anger","range":{"start":0,"end":5}}]}""");
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task An_emotion_wakes_once_in_a_while_and_not_while_the_hotword_is_off()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var rhasspy = await broker.SubscribeAsync("hermes/hotword/+/detected");
        await using var marks = await broker.SubscribeAsync("hermes/intent/#");
        await using var plugin = await RunningAsync(
            broker, ("wake_emotions:0", "anger"), ("wake_emotions:1", "boredom"), ("intent", "Mood"), ("refractory", "600"));
        await TellAsync(broker, "hermes/hotword/toggleOff", """{"siteId":"kitchen","reason":"dialogueSession"}""");
        await TellAsync(broker, "hermes/hotword/toggleOff", """{"siteId":"kitchen","reason":"playAudio"}""");
        await TellAsync(broker, "hermes/hotword/toggleOn", """{"siteId":"kitchen","reason":"playAudio"}""");
        await TellAsync(broker, "hermes/hotword/toggleOn", """{"siteId":"attic","reason":"dialogueSession"}""");
        await SeenAsync(broker, plugin);
        plugin.Context.Hear(Events.Make(EmotionEventKind.Change, 1));
        await marks.MessagesAsync(1, "hermes/intent/Mood");
        Assert.Empty(rhasspy.Messages);

        await TellAsync(broker, "hermes/hotword/toggleOn", """{"siteId":"kitchen","reason":"dialogueSession"}""");
        await SeenAsync(broker, plugin);
        plugin.Context.Hear(Events.Make(EmotionEventKind.Change, 2));
        plugin.Context.Hear(Events.Make(EmotionEventKind.Change, 3));
        plugin.Context.Hear(Events.Make(EmotionEventKind.Change, 4) with { Emotion = "boredom" });
        await rhasspy.MessageAsync("hermes/hotword/boredom/detected");
        Assert.Equal(2, rhasspy.Messages.Count);
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task The_microphone_is_held_while_rhasspy_speaks_or_plays_in_this_room()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var plugin = await RunningAsync(broker);
        var services = plugin.Context.Services;

        // Nothing of this is for this room, or a message at all.
        await TellAsync(broker, "hermes/tts/say", "hello");
        await TellAsync(broker, "hermes/tts/say", """["id"]""");
        await TellAsync(broker, "hermes/tts/say", """{"text":"Hello.","id":"0"}""");
        await TellAsync(broker, "hermes/audioServer/attic/playBytes/0", "RIFF");

        await TellAsync(broker, "hermes/tts/say", """{"text":"It is ten.","id":"1","siteId":"kitchen"}""");
        await services.HeldAsync(1);
        await TellAsync(broker, "hermes/audioServer/kitchen/playBytes/1", new string('x', 100_000));
        await TellAsync(broker, "hermes/tts/sayFinished", """{"id":"1","siteId":"kitchen"}""");
        await TellAsync(broker, "hermes/audioServer/kitchen/playFinished", """{"id":"another"}""");
        Assert.Equal(1, services.Holds);
        await TellAsync(broker, "hermes/audioServer/kitchen/playFinished", """{"id":"1","sessionId":""}""");
        await services.HeldAsync(0);

        // A bell is no sentence, and its end may name nothing.
        await TellAsync(broker, "hermes/audioServer/kitchen/playBytes/bell", "RIFF");
        await services.HeldAsync(1);
        await TellAsync(broker, "hermes/audioServer/kitchen/playFinished", "{}");
        await services.HeldAsync(0);
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task A_broker_that_goes_away_lets_the_microphone_go_and_is_found_again()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var plugin = await RunningAsync(broker);
        await TellAsync(broker, "hermes/tts/say", """{"id":"1","siteId":"kitchen"}""");
        await plugin.Context.Services.HeldAsync(1);
        await broker.KillAsync();
        await plugin.Context.Services.HeldAsync(0);
        await plugin.Context.Said.LineAsync("cannot be reached");
        await broker.StartAsync();
        await plugin.Context.Said.LinesAsync(2, "connected to");
        await TellAsync(broker, "hermes/tts/say", """{"id":"2","siteId":"kitchen"}""");
        await plugin.Context.Services.HeldAsync(1);
    }

    [NeedsFact("mosquitto", "mosquitto_passwd")]
    public async Task A_user_is_needed_where_the_broker_asks_for_one()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("rhasspy", "secret");
        await using (var stranger = await StartAsync(broker))
        {
            await stranger.Context.Said.LineAsync("refuses this client: NotAuthorized");
        }

        await using var known = await RunningAsync(broker, ("username", "rhasspy"), ("password", "secret"));
        Assert.DoesNotContain(known.Context.Said.Lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("broker", "rhasspy.local", "plugins.Hermes.broker is wrong: it is not the address of a broker; write mqtt://host:1883")]
    [InlineData("broker", "http://rhasspy.local", "it is not the address of a broker")]
    [InlineData("broker", "mqtt://me:secret@rhasspy.local", "it must not hold a user: write username, and a file in password_file")]
    [InlineData("site_id", "a/b", "'a/b' is not a siteId")]
    [InlineData("intent", "Mood#", "'Mood#' is not the name of an intent")]
    [InlineData("password", "secret", "it needs username too")]
    [InlineData("wake_emotions:0", "rage", "wake_emotions names rage; light-sernet-emodb-int8 knows anger, boredom, neutral")]
    public async Task Wrong_settings_are_refused_with_a_sentence(string key, string value, string because)
    {
        using var plugin = new HermesPlugin();
        var error = await Assert.ThrowsAsync<PluginException>(() => plugin.StartAsync(new FakePluginContext("Hermes", (key, value)), default));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static async Task TellAsync(MosquittoBroker broker, string topic, string payload)
    {
        var result = await ChildProcess.RunAsync(
            "mosquitto_pub",
            ["-h", "127.0.0.1", "-p", broker.Port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-t", topic, "-m", payload]);
        Assert.Equal(0, result.ExitCode);
    }

    /// <summary>Messages to the plugin come in order: once it holds the microphone, it has seen those before.</summary>
    private static async Task SeenAsync(MosquittoBroker broker, Running plugin)
    {
        await TellAsync(broker, "hermes/audioServer/kitchen/playBytes/mark", "RIFF");
        await plugin.Context.Services.HeldAsync(1);
        await TellAsync(broker, "hermes/audioServer/kitchen/playFinished", """{"id":"mark"}""");
        await plugin.Context.Services.HeldAsync(0);
    }

    private static async Task<Running> RunningAsync(MosquittoBroker broker, params (string Key, string Value)[] settings)
    {
        var plugin = await StartAsync(broker, settings);
        await plugin.Context.Said.LineAsync("connected to mqtt://127.0.0.1");
        return plugin;
    }

    private static async Task<Running> StartAsync(MosquittoBroker broker, params (string Key, string Value)[] settings)
    {
        var port = broker.Port.ToString(CultureInfo.InvariantCulture);
        var context = new FakePluginContext(
            "Hermes", [("broker", $"mqtt://127.0.0.1:{port}"), ("site_id", "kitchen"), ("echo", "0"), .. settings]);
        var plugin = new HermesPlugin();
        await plugin.StartAsync(context, default);
        return new Running(plugin, context, plugin.RunAsync(context.Events, default));
    }

    private sealed class Running(HermesPlugin plugin, FakePluginContext context, Task running) : IAsyncDisposable
    {
        public FakePluginContext Context => context;

        public async ValueTask DisposeAsync()
        {
            context.EndEvents();
            await running.WaitAsync(ChildProcess.WaitTimeout);
            plugin.Dispose();
        }
    }
}
