using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests;

/// <summary>Checks what docs/user/privacy.md says of sound in memory.</summary>
[Trait("Category", "slow")]
public sealed class PrivacyTests : IDisposable
{
    /// <summary>The most seconds of sound that docs/user/privacy.md allows in memory.</summary>
    private const double Longest = 3.8;

    /// <summary>So few samples are not recognisable as sound. They may stay on a stack.</summary>
    private const int Nothing = 160;

    private readonly EmotionModel _model = EmotionModel.Load(ModelCatalog.Default);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(16000, true, false, false)]
    [InlineData(16000, false, false, false)]
    [InlineData(44100, false, false, false)]
    [InlineData(16000, true, true, false)]
    [InlineData(44100, false, true, false)]
    [InlineData(16000, true, true, true)]
    [InlineData(44100, false, true, true)]
    public async Task No_more_sound_is_in_memory_than_is_said_and_none_after_a_mute_or_the_end(int sampleRate, bool isLive, bool isSilero, bool isCascade)
    {
        using var source = new PushSource("pattern", sampleRate, isLive: isLive);
        using var speech = isSilero ? new SileroDetector { First = isCascade ? new MelDetector() : null } : (ISpeechDetector)new AlwaysSpeechDetector();
        var host = new PipelineHost(source, _model, speech, new PipelineOptions(), new ListSink());
        var running = host.RunAsync(CancellationToken.None);
        var written = await StreamAsync(source, host, 10 * sampleRate);
        var streaming = SoundInMemory.LongestRun();

        // At another rate, the signal is recognisable only until it is resampled.
        Assert.InRange(streaming, sampleRate == 16000 ? 2 * sampleRate : Nothing, Longest * sampleRate);
        host.Controls.Muted = true;

        // Some samples from before the mute may wait in the source. A microphone goes on, so they are read soon.
        await UntilAsync(() => source.Write(new float[1]) && host.Counters.SamplesMuted > 0 && host.Counters.SamplesIn >= written);
        Assert.InRange(SoundInMemory.LongestRun(), 0, Nothing);

        host.Controls.Muted = false;
        await StreamAsync(source, host, 5 * sampleRate);
        Assert.InRange(SoundInMemory.LongestRun(), Nothing + 1, Longest * sampleRate);
        source.Complete();
        await running.WaitAsync(ChildProcess.WaitTimeout);
        Assert.InRange(SoundInMemory.LongestRun(), 0, Nothing);
    }

    /// <returns>How many samples were written.</returns>
    private static async Task<int> StreamAsync(PushSource source, PipelineHost host, int count)
    {
        // Pinned: otherwise the collector could move it and leave a copy behind.
        var chunk = GC.AllocateArray<float>(320, pinned: true);
        var begin = host.Counters.SamplesIn;
        var sent = 0;
        for (; sent < count; sent += chunk.Length)
        {
            SoundInMemory.Fill(chunk, sent);
            await source.WriteAsync(chunk);
            Array.Clear(chunk);

            // Wait so that the live source loses no samples. The reader may leave up to half a second unread.
            var least = begin + sent - (source.SampleRate / 2 * 3);
            await UntilAsync(() => host.Counters.SamplesIn >= least);
        }

        // A compacting collection moves buffers that are not pinned and leaves copies behind.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        return sent;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
