using System.Net.WebSockets;
using SernetStream.Plugins.OpenVoiceOS;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.OpenVoiceOS;

public class BusPluginTests
{
    private const string Start = """{"type":"recognizer_loop:audio_output_start","data":{},"context":{}}""";
    private const string End = """{"context": {"type": "no"}, "data": {"x": [1, {"type": "no"}]}, "type": "recognizer_loop:audio_output_end"}""";

    [Fact]
    public async Task Emotions_are_emitted_on_the_bus()
    {
        await using var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus);
        await bus.ClientAsync();
        await plugin.Context.Said.LineAsync("connected to ws://");
        Assert.Equal("""{"type":"mycroft.mic.get_status","data":{},"context":{"source":"sernetd"}}""", await bus.MessageAsync());
        plugin.Context.Hear(Events.Make(EmotionEventKind.Interim, 1));
        plugin.Context.Hear(Events.Make(EmotionEventKind.Change, 2));
        Assert.Equal(
            $$$"""{"type":"sernet.emotion","data":{{{EmotionEventJson.ToText(Events.Make(EmotionEventKind.Change, 2))}}},"context":{"source":"sernetd"}}""",
            await bus.MessageAsync());
        await plugin.DisposeAsync();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await bus.GoodbyeAsync());
    }

    [Fact]
    public async Task The_microphone_is_held_while_the_assistant_speaks()
    {
        await using var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus);
        var client = await bus.ClientAsync();

        // Text that is no message, or none for this plugin, changes nothing.
        foreach (var noise in (string[])["hello", "[]", """{"type":7}""", """{"type":"speak","data":{}}""", "{\"type\":\"\\ud800\"}", new string('x', 3 << 20)])
        {
            await MessageBus.SayAsync(client, noise);
        }

        await MessageBus.SayAsync(client, Start);
        await MessageBus.SayAsync(client, Start);
        await plugin.Context.Services.HeldAsync(1);
        await MessageBus.SayAsync(client, End);
        await plugin.Context.Services.HeldAsync(0);
    }

    [Theory]
    [InlineData("ovos.audio.output.started", "ovos.audio.output.ended")]
    [InlineData("recognizer_loop:audio_output_start", "recognizer_loop:audio_output_end")]
    [InlineData("mycroft.mic.mute", "mycroft.mic.unmute")]
    [InlineData("mycroft.mic.mute.toggle", "mycroft.mic.mute.toggle")]
    public async Task Each_name_that_the_bus_has_for_it_holds_the_microphone_and_lets_it_go(string holds, string letsGo)
    {
        await using var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus);
        var client = await bus.ClientAsync();
        await MessageBus.SayAsync(client, $$$"""{"type":"{{{holds}}}","data":{},"context":{}}""");
        await plugin.Context.Services.HeldAsync(1);
        await MessageBus.SayAsync(client, $$$"""{"type":"{{{letsGo}}}","data":{},"context":{}}""");
        await plugin.Context.Services.HeldAsync(0);
    }

    [Theory]
    [InlineData("hold_while_speaking", "ovos.audio.output.started", "mycroft.mic.mute")]
    [InlineData("hold_while_muted", "mycroft.mic.mute", "ovos.audio.output.started")]
    public async Task Each_reason_may_be_switched_off_by_itself(string setting, string without, string with)
    {
        await using var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus, (setting, "false"));
        var client = await bus.ClientAsync();
        await MessageBus.SayAsync(client, $$"""{"type":"{{without}}"}""");
        await MessageBus.SayAsync(client, $$"""{"type":"{{with}}"}""");
        await plugin.Context.Services.HeldAsync(1);
    }

    [Fact]
    public async Task A_microphone_that_was_muted_before_and_stays_so_while_the_bus_restarts_is_held()
    {
        var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus);
        var client = await bus.ClientAsync();
        Assert.Contains("mycroft.mic.get_status", await bus.MessageAsync(), StringComparison.Ordinal);
        await MessageBus.SayAsync(client, """{"type":"mycroft.mic.get_status.response","data":{"x":{"muted":false},"muted":true},"context":{}}""");
        await plugin.Context.Services.HeldAsync(1);
        var port = bus.Url.Port;
        await bus.DisposeAsync();
        await plugin.Context.Said.LineAsync("cannot be reached");
        Assert.Equal(1, plugin.Context.Services.Holds);

        await using var again = await MessageBus.StartAsync(port);
        client = await again.ClientAsync();
        Assert.Contains("mycroft.mic.get_status", await again.MessageAsync(), StringComparison.Ordinal);
        await MessageBus.SayAsync(client, """{"type":"mycroft.mic.get_status.response","data":{"muted":false}}""");
        await plugin.Context.Services.HeldAsync(0);
    }

    [Fact]
    public async Task A_bus_that_accepts_and_closes_at_once_is_dialled_ever_more_slowly_and_hardly_mentioned()
    {
        const int Dialled = 12;
        var (count, enough) = (0, new TaskCompletionSource());
        await using var server = await WebServer.StartAsync(async http =>
        {
            using var client = await http.WebSockets.AcceptWebSocketAsync();
            if (Interlocked.Increment(ref count) == Dialled)
            {
                enough.SetResult();
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await client.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, http.RequestAborted);
        });
        var clock = new HurryingClock();
        var url = new UriBuilder(server.Url) { Scheme = "ws", Path = "/core" }.Uri.ToString();
        var context = new FakePluginContext("OpenVoiceOS", ("url", url)) { Time = clock };
        using var plugin = new BusPlugin();
        await plugin.StartAsync(context, default);
        var running = plugin.RunAsync(context.Events, default);
        await enough.Task.WaitAsync(ChildProcess.WaitTimeout);
        context.EndEvents();
        await running.WaitAsync(ChildProcess.WaitTimeout);

        var waits = clock.Waits.Take(Dialled - 1).Select(wait => wait.TotalSeconds).ToList();
        foreach (var (wait, least) in waits.Zip((double[])[1, 2, 4, 8, 15, 15, 15, 15, 15, 15, 15]))
        {
            Assert.InRange(wait, least, Math.Min(2 * least, 30));
        }

        // At first it reports each disconnection at once, and then waits a minute or two.
        Assert.InRange(context.Said.Lines.Count, 3, 7);
    }

    [Fact]
    public async Task A_bus_that_dies_while_it_speaks_does_not_leave_the_room_deaf_and_is_found_again()
    {
        var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus);
        await MessageBus.SayAsync(await bus.ClientAsync(), Start);
        await plugin.Context.Services.HeldAsync(1);
        var port = bus.Url.Port;
        await bus.DisposeAsync();
        await plugin.Context.Services.HeldAsync(0);
        await plugin.Context.Said.LineAsync("cannot be reached");

        await using var again = await MessageBus.StartAsync(port);
        await again.ClientAsync();
        await plugin.Context.Said.LinesAsync(2, "connected to ws://");
        await again.MessageAsync();
        plugin.Context.Hear(Events.Make());
        Assert.Contains("sernet.emotion", await again.MessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speech_without_an_end_is_ended_by_its_limit()
    {
        await using var bus = await MessageBus.StartAsync();
        await using var plugin = await RunningAsync(bus, ("longest_speech", "1"));
        await MessageBus.SayAsync(await bus.ClientAsync(), Start);
        await plugin.Context.Services.HeldAsync(1);
        await plugin.Context.Services.HeldAsync(0);
    }

    [Fact]
    public async Task A_bus_that_was_never_there_is_said_once()
    {
        await using var plugin = await RunningAsync(null, ("url", $"ws://127.0.0.1:{Loopback.FreePort()}/core"));
        await plugin.Context.Said.LineAsync("cannot be reached");
        plugin.Context.Hear(Events.Make());
        Assert.Single(plugin.Context.Said.Lines);
    }

    [Fact]
    public async Task A_wrong_address_is_refused_with_a_sentence()
    {
        var error = await Assert.ThrowsAsync<PluginException>(() => RunningAsync(null, ("url", "http://x/")));
        Assert.Contains("plugins.OpenVoiceOS.url is wrong: 'http://x/' is not an address such as ws://", error.Message, StringComparison.Ordinal);
    }

    private static async Task<Running> RunningAsync(MessageBus? bus, params (string Key, string Value)[] settings)
    {
        var context = new FakePluginContext(
            "OpenVoiceOS", [.. settings, .. bus is null ? [] : new[] { ("url", bus.Url.ToString()), ("echo", "0") }]);
        var plugin = new BusPlugin();
        await plugin.StartAsync(context, default);
        return new Running(plugin, context, plugin.RunAsync(context.Events, default));
    }

    private sealed class Running(BusPlugin plugin, FakePluginContext context, Task running) : IAsyncDisposable
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
