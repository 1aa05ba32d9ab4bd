using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using SernetStream.Plugins.Tests.Support;
using SernetStream.PluginSupervisor;
using SernetStream.PluginSupervisor.Hosted;
using SernetStream.Publishing;

namespace SernetStream.Plugins.Tests.Host;

[Collection("alone")]
public sealed class FaultyPluginTests : IDisposable
{
    private readonly Hosted _hosted = new();

    [Theory]
    [InlineData("throw new Exception(\"no lamp\");", "", "is disabled after 3 failures in a row, the last: Exception: no lamp")]
    [InlineData("", "await foreach (var e in events) throw new Exception(\"no lamp\");", "is disabled after 3 failures in a row, the last: Exception: no lamp")]
    [InlineData("", "return;", "is disabled after 3 failures in a row, the last: it ended by itself")]
    [InlineData("Thread.Sleep(-1);", "", "is disabled after 3 failures in a row, the last: it did not start within 0.5 s")]
    [InlineData("await Task.Delay(-1);", "", "is disabled after 3 failures in a row, the last: it did not start within 0.5 s")]
    [InlineData("await Task.Delay(-1, stop);", "", "is disabled after 3 failures in a row, the last: it did not start within 0.5 s")]
    [InlineData("", "Thread.Sleep(-1);", "is disabled after 3 failures in a row, the last: it took no event for 0.5 s")]
    [InlineData("", "await foreach (var e in events) Thread.Sleep(-1);", "is disabled after 3 failures in a row, the last: it took no event for 0.5 s")]
    [InlineData("", "stop.Register(() => Thread.Sleep(-1)); await Task.Delay(-1, CancellationToken.None);", "is disabled after 3 failures in a row, the last: it took no event for 0.5 s")]
    [InlineData("Environment.Exit(3);", "", "the last: its process ended by itself with exit code 3")]
    [InlineData("", "await foreach (var e in events) Environment.Exit(0);", "the last: its process ended by itself with exit code 0")]
    [InlineData("", "new Thread(() => throw new Exception(\"alone\")).Start(); await Task.Delay(-1);", "the last: its process was ended by signal 6 (abort)")]
    [InlineData("", "await foreach (var e in events) System.Runtime.InteropServices.Marshal.GetDelegateForFunctionPointer<Action>(System.Runtime.InteropServices.NativeLibrary.GetExport(System.Runtime.InteropServices.NativeLibrary.Load(\"libc.so.6\"), \"abort\"))();", "the last: its process was ended by signal 6 (abort)")]
    [InlineData("", "int Deep(int i) => i + Deep(i + 1) + Deep(i); await foreach (var e in events) Deep(0);", "the last: its process was ended by signal 6 (abort)")]
    [InlineData("", "var all = new List<byte[]>(); while (true) { var more = new byte[10000000]; Array.Fill(more, (byte)1); all.Add(more); await Task.Yield(); }", "the last: ")]
    [InlineData("", "while (true) { var more = System.Runtime.InteropServices.Marshal.AllocHGlobal(10000000); for (var i = 0; i < 10000000; i += 4096) System.Runtime.InteropServices.Marshal.WriteByte(more, i, 1); }", "the last: its process used ")]
    public async Task A_faulty_plugin_is_disabled_with_a_clear_line_and_nobody_waits_for_it(string start, string run, string line)
    {
        PluginCompiler.Plugin(_hosted.Folder, "Faulty", start, run);
        var plugin = _hosted.Load("Faulty", limits: line.Contains("0.5 s", StringComparison.Ordinal) ? Hosted.Impatient : Hosted.Quick);
        var other = new ScriptedListener();
        var publishers = new PublisherHost([plugin, other], NullLogger.Instance);
        await publishers.StartAsync(default);

        // A live pipeline never waits, whatever the plugin does.
        using var publishing = new CancellationTokenSource();
        var longest = PublishUntilAsync(publishers, publishing.Token);
        await _hosted.Log.LineAsync(line);
        await other.ReachedAsync(50);
        await publishing.CancelAsync();
        await longest;
        Assert.Equal(PluginState.Disabled, plugin.Health.State);
        Assert.Single(_hosted.Log.Lines, said => said.StartsWith("Error: plugin Faulty is disabled", StringComparison.Ordinal));
        Assert.Equal(0, publishers.Counters[1].Dropped);
        await publishers.DisposeAsync().AsTask().WaitAsync(Testing.ChildProcess.WaitTimeout);
    }

    [Fact]
    public async Task The_time_to_publish_an_event_is_the_same_beside_faulty_plugins()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Throws", run: "await foreach (var e in events) throw new Exception();");
        PluginCompiler.Plugin(_hosted.Folder, "Blocks", run: "await foreach (var e in events) Thread.Sleep(-1);");
        PluginCompiler.Plugin(_hosted.Folder, "NoStart", start: "throw new Exception();");
        PluginCompiler.Plugin(_hosted.Folder, "Good");
        var alone = await P99Async("Good");
        var beside = await P99Async("Good", "Throws", "Blocks", "NoStart");

        // A publish takes microseconds. If a plugin could delay it, this would take forever or as long as throwing an exception.
        Assert.True(beside < TimeSpan.FromMilliseconds(20), $"p99 {beside.TotalMilliseconds} ms; without them {alone.TotalMilliseconds} ms");
    }

    [Fact]
    public async Task A_plugin_that_refuses_its_settings_keeps_the_daemon_from_starting()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Refuses", start: "throw new PluginException(\"plugins.Refuses.url is missing.\");");
        await using var plugin = _hosted.Load("Refuses");
        var error = await Assert.ThrowsAsync<PublisherException>(async () => await plugin.StartAsync(default));
        Assert.Equal("The plugin Refuses cannot be used: plugins.Refuses.url is missing.", error.Message);
    }

    [Fact]
    public async Task A_refusal_that_comes_late_is_said_in_the_log()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Late", run: "await foreach (var e in events) throw new PluginException(\"The lamp is of another make.\");");
        await using var plugin = _hosted.Load("Late");
        await plugin.StartAsync(default);
        await plugin.PublishAsync(Events.Make(), default);
        await _hosted.Log.LineAsync("Error: plugin Late is disabled: The lamp is of another make.");
        Assert.Equal(1, plugin.Health.Starts);
    }

    [Fact]
    public async Task A_plugin_that_recovers_is_started_again_and_then_given_events()
    {
        var marker = _hosted.Folder.PathOf("failed-before");
        PluginCompiler.Plugin(
            _hosted.Folder,
            "Recovers",
            start: $$"""if (!System.IO.File.Exists("{{marker}}")) { System.IO.File.WriteAllText("{{marker}}", ""); throw new Exception("not yet"); }""");
        await using var plugin = _hosted.Load("Recovers");
        await plugin.StartAsync(default);
        await _hosted.Log.LineAsync("failed (Exception: not yet); starting it again in");
        while (plugin.Health.Taken == 0)
        {
            await plugin.PublishAsync(Events.Make(), default);
            await Task.Yield();
        }

        Assert.Equal((2, 1, PluginState.Running), (plugin.Health.Starts, plugin.Health.Failures, plugin.Health.State));
        Assert.Equal("Exception: not yet", plugin.Health.LastFailure);
    }

    [Fact]
    public async Task What_a_plugin_leaves_open_is_taken_back()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Leaks", run: """
            context.HoldMicrophone("test");
            context.OpenStream(AudioFormat.Voice);
            await foreach (var e in events) throw new Exception("gone");
            """);
        await using var plugin = _hosted.Load("Leaks", limits: Hosted.Quick with { Failures = 1 });
        await plugin.StartAsync(default);
        await _hosted.Services.HeldAsync(1);
        await plugin.PublishAsync(Events.Make(), default);
        await _hosted.Log.LineAsync("is disabled");
        Assert.Equal(0, _hosted.Services.Holds);
        Assert.True(Assert.Single(_hosted.Services.Opened).IsDisposed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plugin_may_take_its_time_with_its_last_events_unless_there_is_a_hurry(bool hurry)
    {
        PluginCompiler.Plugin(_hosted.Folder, "Slow", run: """
            try
            {
                await foreach (var e in events) { }
                context.Log.Information("has all");
                await Task.Delay(1000, stop);
                context.Log.Information("is done");
            }
            catch (OperationCanceledException)
            {
                context.Log.Information("is cut off");
            }
            """);
        var plugin = _hosted.Load("Slow");
        await plugin.StartAsync(default);
        await plugin.PublishAsync(Events.Make(), default);
        using var hurries = new CancellationTokenSource();
        var finished = plugin.FinishAsync(hurries.Token).AsTask();
        await _hosted.Log.LineAsync("Slow: has all");
        if (hurry)
        {
            await hurries.CancelAsync();
        }

        await finished;
        await plugin.DisposeAsync();
        Assert.Contains(_hosted.Log.Lines, line => line.Contains(hurry ? "is cut off" : "is done", StringComparison.Ordinal));
        Assert.Equal((1, 0, PluginState.Stopped), (plugin.Health.Starts, plugin.Health.Failures, plugin.Health.State));
    }

    [Fact]
    public async Task A_stream_in_a_host_is_the_stream_of_the_daemon()
    {
        var told = _hosted.Folder.PathOf("told");
        PluginCompiler.Plugin(_hosted.Folder, "Streams", run: $$"""
            await using (var stream = context.OpenStream(AudioFormat.Voice))
            {
                var heard = Task.Run(async () => {
                    await foreach (var e in stream.Events)
                        System.IO.File.AppendAllText("{{told}}", e is EmotionHeard { Event: var x } ? $"{x.Kind} {x.Raw["anger"]:R} {x.LatencyMs:R}\n" : $"{e}\n");
                });
                await stream.WriteAsync(Enumerable.Range(0, 200001).Select(i => (byte)i).ToArray(), stop);
                stream.Complete();
                await heard;
            }
            System.IO.File.AppendAllText("{{told}}", "end\n");
            await foreach (var e in events) { }
            """);
        await using var plugin = _hosted.Load("Streams");
        await plugin.StartAsync(default);
        var made = Events.Make(EmotionEventKind.Final);
        var said = await _hosted.ToldAsync("told", text => text.EndsWith("end\n", StringComparison.Ordinal));
        Assert.StartsWith(
            $"SpeechChanged {{ Speaking = True }}\nFinal {made.Raw["anger"]:R} {made.LatencyMs:R}\nChange ", said, StringComparison.Ordinal);
        var stream = Assert.Single(_hosted.Services.Opened);
        Assert.Equal(Enumerable.Range(0, 200001).Select(i => (byte)i), stream.Written);
        Assert.True(stream.IsDisposed);
    }

    [Fact]
    public void Without_its_host_a_plugin_says_what_to_install()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Lonely");
        var error = Assert.Throws<PluginException>(() => new HostedPlugin(
            new PluginFolder(_hosted.Folder.FullPath, isPrivileged: false), "Lonely", _hosted.Folder.PathOf("sernet-plugin-host")));
        Assert.Contains("install the package sernetd-plugin-host", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_are_bounded_and_a_wrong_format_is_refused()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Greedy", run: """
            try { context.OpenStream(new AudioFormat(16000, 5, 1)); } catch (ArgumentException e) { context.Log.Warning(e.Message); }
            try { while (true) context.OpenStream(AudioFormat.Voice); } catch (InvalidOperationException e) { context.Log.Warning(e.Message); }
            await foreach (var e in events) { }
            """);
        await using var plugin = _hosted.Load("Greedy", limits: Hosted.Quick with { Streams = 3 });
        await plugin.StartAsync(default);
        await _hosted.Log.LineAsync("Greedy: The audio's width is 5 bytes");
        await _hosted.Log.LineAsync("Greedy: The plugin Greedy has 3 audio streams open");
        Assert.Equal(3, plugin.Health.OpenStreams);
    }

    public void Dispose() => _hosted.Dispose();

    private static async Task PublishUntilAsync(PublisherHost publishers, CancellationToken stop)
    {
        for (var i = 1; !stop.IsCancellationRequested; i++)
        {
            publishers.Publish(Events.Make(sequence: i));
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private async Task<TimeSpan> P99Async(params string[] plugins)
    {
        var publishers = new PublisherHost(
            plugins.Select(name => _hosted.Load(name, limits: new PluginLimits { Start = Hosted.Quick.Start, Stop = Hosted.Quick.Stop })),
            NullLogger.Instance);
        await publishers.StartAsync(default);
        var times = new long[2000];
        for (var i = 0; i < times.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            publishers.Publish(Events.Make(sequence: i));
            times[i] = Stopwatch.GetTimestamp() - began;
            if (i % 20 == 0)
            {
                await Task.Delay(1);
            }
        }

        await publishers.DisposeAsync();
        Array.Sort(times);
        return TimeSpan.FromSeconds((double)times[^20] / Stopwatch.Frequency);
    }

    /// <summary>Another publisher, which the faulty one must not disturb.</summary>
    private sealed class ScriptedListener : IEventPublisher
    {
        private readonly TaskCompletionSource[] _reached =
            [.. Enumerable.Range(0, 64).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

        private int _count;

        public string Name => "other";

        public Task ReachedAsync(int count) => _reached[count].Task.WaitAsync(Testing.ChildProcess.WaitTimeout);

        public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
        {
            if (++_count < _reached.Length)
            {
                _reached[_count].SetResult();
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
