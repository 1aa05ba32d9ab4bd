using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SernetStream.Audio.Streams;
using SernetStream.Diagnosis;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Publishing;
using SernetStream.Speech;
using SernetStream.Testing;
using SernetStream.Web.Health;

namespace SernetStream.Web.Tests;

public sealed class HealthTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Systemd_is_told_over_paths_and_abstract_sockets(bool isAbstract)
    {
        var name = isAbstract ? $"@sernet-test-{Guid.NewGuid():N}" : _folder.PathOf("notify");
        using var manager = Listen(name);
        using var notifier = Notifier(name, watchdogSeconds: 30);
        Assert.Equal(TimeSpan.FromSeconds(30), notifier.WatchdogInterval);
        notifier.Ready("listening");
        notifier.Ping();
        notifier.Stopping();
        Assert.Equal(["READY=1\nSTATUS=listening", "WATCHDOG=1", "STOPPING=1"], Received(manager));
    }

    [Fact]
    public void A_watchdog_for_another_process_or_no_manager_at_all_is_none()
    {
        using var other = new SystemdNotifier(name => name switch
        {
            "NOTIFY_SOCKET" => _folder.PathOf("nobody"),
            "WATCHDOG_USEC" => "1000000",
            "WATCHDOG_PID" => "1",
            _ => null,
        });
        Assert.Null(other.WatchdogInterval);
        other.Ping();
        using var none = new SystemdNotifier(_ => null);
        Assert.False(none.IsWanted);
        none.Ready("");
    }

    [Fact]
    public async Task A_stuck_classifier_stops_the_pings_and_one_that_moves_starts_them_again()
    {
        var clock = new ManualTime();
        using var manager = Listen(_folder.PathOf("notify"));
        using var notifier = Notifier(_folder.PathOf("notify"), watchdogSeconds: 30);
        using var mayClassify = new ManualResetEventSlim(true);
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var source = new PushSource("test", TestSignal.SampleRate);
        await using var publishers = new PublisherHost([], NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        // A large budget, so that no window is late on a slow machine.
        var options = new PipelineOptions { LatencyBudgetSeconds = 60 };
        var pipeline = new PipelineHost(source, model, new AlwaysSpeechDetector(), options, new Discard())
        {
            BeforeClassification = () => mayClassify.Wait(ChildProcess.WaitTimeout),
        };
        var node = new NodeView
        {
            Name = "test",
            Model = model.Card,
            Source = source,
            Options = options,
            Pipeline = pipeline,
            Settable = null!,
            Settings = null!,
            Doctor = null!,
            Publishers = publishers,
        };
        var counters = pipeline.Counters;
        using var monitor = new HealthMonitor(
            node, new PipelineProgress(counters, sourceMayPause: false, clock), notifier, clock, NullLogger.Instance);
        var running = pipeline.RunAsync(stop.Token);

        Speak(source);
        await UntilAsync(() => counters.WindowsClassified > 0 && counters.WindowsClassified == counters.WindowsCut - counters.WindowsSkipped);
        monitor.Look();
        Assert.Contains("WATCHDOG=1", Received(manager));
        Assert.True(monitor.IsLive);

        mayClassify.Reset();
        var classified = counters.WindowsClassified;
        Speak(source);
        await UntilAsync(() => counters.WindowsCut - counters.WindowsSkipped > classified);
        monitor.Look();
        Received(manager);
        for (var i = 0; i < 4; i++)
        {
            // Audio goes on; only the classifier is stuck.
            var heard = counters.SamplesIn;
            Speak(source);
            await UntilAsync(() => counters.SamplesIn > heard);
            clock.Advance(TimeSpan.FromSeconds(5));
            monitor.Look();
        }

        Assert.Contains("the classifier has finished nothing", monitor.Stuck, StringComparison.Ordinal);
        Assert.False(monitor.IsLive);
        Received(manager);
        clock.Advance(TimeSpan.FromSeconds(60));
        monitor.Look();
        Assert.DoesNotContain("WATCHDOG=1", Received(manager));

        mayClassify.Set();
        var before = counters.SamplesIn;
        Speak(source);
        await UntilAsync(() => counters.SamplesIn > before && counters.WindowsClassified + counters.WindowsLate > classified);
        monitor.Look();
        Assert.True(monitor.IsLive);
        Assert.Contains("WATCHDOG=1", Received(manager));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void No_audio_is_a_reason_to_worry_but_not_where_the_source_may_pause()
    {
        var clock = new ManualTime();
        var counters = new PipelineCounters();
        var strict = new PipelineProgress(counters, sourceMayPause: false, clock);
        var patient = new PipelineProgress(counters, sourceMayPause: true, clock);
        Assert.Null(strict.Stuck());
        clock.Advance(PipelineProgress.WaitTimeout + TimeSpan.FromSeconds(1));
        Assert.Contains("no audio", strict.Stuck(), StringComparison.Ordinal);
        Assert.Null(patient.Stuck());
        counters.CountSamples(100, muted: false);
        Assert.Null(strict.Stuck());
    }

    [Fact]
    public void A_dead_and_a_muted_microphone_are_told_from_a_quiet_room()
    {
        const int SampleRate = 16000;
        var clock = new ManualTime();
        var counters = new PipelineCounters();
        var watch = new MicrophoneWatch(counters, SampleRate, sourceMayPause: false, clock);
        var quiet = new float[SampleRate];
        quiet.AsSpan().Fill(1e-5f);

        void Hear(float[] second, int seconds)
        {
            for (var i = 0; i < seconds; i++)
            {
                counters.CountSamples(second.Length, muted: false);
                counters.ObserveZeros(second);
                clock.Advance(TimeSpan.FromSeconds(1));
                watch.Look();
            }
        }

        Hear(quiet, 60);
        Assert.Equal(MicrophoneState.Works, watch.State);
        Hear(new float[SampleRate], 10);
        Assert.Equal(MicrophoneState.Works, watch.State);
        Hear(new float[SampleRate], 1);
        Assert.Equal(MicrophoneState.Muted, watch.State);
        Hear(quiet, 1);
        Assert.Equal(MicrophoneState.Works, watch.State);

        // The device is away: the gap is counted, but no sample comes.
        for (var i = 0; i < 12; i++)
        {
            counters.CountLost(SampleRate, isNewGap: i == 0);
            clock.Advance(TimeSpan.FromSeconds(1));
            watch.Look();
        }

        Assert.Equal(MicrophoneState.Dead, watch.State);
        counters.CountSamples(100, muted: false);
        Assert.True(watch.Look());
        Assert.Equal(MicrophoneState.Works, watch.State);
    }

    private static void Speak(PushSource source) => source.Write(TestSignal.Make(1));

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        while (!holds())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private static Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? "\0" + name[1..] : name));
        return socket;
    }

    private static SystemdNotifier Notifier(string socket, int watchdogSeconds) => new(name => name switch
    {
        "NOTIFY_SOCKET" => socket,
        "WATCHDOG_USEC" => $"{watchdogSeconds}000000",
        _ => null,
    });

    private static List<string> Received(Socket socket)
    {
        var messages = new List<string>();
        var buffer = new byte[4096];
        while (socket.Poll(0, SelectMode.SelectRead))
        {
            messages.Add(Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer)));
        }

        return messages;
    }

    private sealed class Discard : IEventSink
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent) => ValueTask.CompletedTask;

        public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;
    }
}

