using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Plugins;
using SernetStream.PluginSupervisor.Streams;
using SernetStream.Speech;

namespace SernetStream.Daemon.Tests;

public class PluginStreamTests
{
    private static readonly byte[] Second = new byte[32000];

    [Fact]
    public async Task Writing_after_the_end_is_answered_as_the_contract_says()
    {
        var settings = SettingsLoader.Load(CommandLineSettings.None, new Dictionary<string, string>());
        using var model = EmotionModel.Load(settings.Get(Settings.Model));
        var detectors = new SpeechDetectorFactory(settings.Get(Settings.GateDetector));
        var streams = new PluginStreams(model, detectors, settings.Pipeline());

        var complete = streams.Open(AudioFormat.Voice);
        await complete.WriteAsync(Second, default);
        complete.Complete();
        await Assert.ThrowsAsync<InvalidOperationException>(() => complete.WriteAsync(Second, default).AsTask());
        await complete.DisposeAsync();

        var disposed = streams.Open(AudioFormat.Voice);
        await disposed.WriteAsync(Second, default);
        await disposed.DisposeAsync();
        await disposed.DisposeAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => disposed.WriteAsync(Second, default).AsTask());
    }
}
