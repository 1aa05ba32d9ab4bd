using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests;

/// <summary>What docs/user/privacy.md says of sound in memory.</summary>
[Trait("Category", "slow")]
public sealed class PrivacyTests : IDisposable
{
    /// <summary>The longest that docs/user/privacy.md allows, in seconds.</summary>
    private const double Longest = 3.8;

    /// <summary>So few samples are no sound any more: they may be left on a stack.</summary>
    private const int Nothing = 160;

    private readonly EmotionModel _model = EmotionModel.Load(ModelCatalog.Default);

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(16000, true)]
    [InlineData(16000, false)]
    [InlineData(44100, false)]
    public async Task No_more_sound_is_in_memory_than_is_said_and_none_after_a_mute_or_the_end(int sampleRate, bool isLive)
    {
        using var source = new PushSource("pattern", sampleRate, isLive: isLive);
        using var speech = new AlwaysSpeechDetector();
        var host = new PipelineHost(source, _model, speech, new PipelineOptions(), new ListSink());
        var running = host.RunAsync(CancellationToken.None);
        var written = await StreamAsync(source, host, 10 * sampleRate);
        var streaming = SoundInMemory.LongestRun();

        // At another rate it is only known until it is resampled.
        Assert.InRange(streaming, sampleRate == 16000 ? 2.9 * sampleRate : Nothing, Longest * sampleRate);
        host.Controls.Muted = true;

        // What was said before the mute may still wait in the source: a microphone goes on, and so it is read soon.
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
        // Pinned: the collector would leave a copy where it was.
        var chunk = GC.AllocateArray<float>(320, pinned: true);
        var begin = host.Counters.SamplesIn;
        var sent = 0;
        for (; sent < count; sent += chunk.Length)
        {
            SoundInMemory.Fill(chunk, sent);
            await source.WriteAsync(chunk);
            Array.Clear(chunk);

            // A live source would lose what comes too fast. The reader leaves what makes no difference yet: half a second.
            var least = begin + sent - (source.SampleRate / 2 * 3);
            await UntilAsync(() => host.Counters.SamplesIn >= least);
        }

        // Moves what is not pinned, and leaves a copy where it was.
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
