using SernetStream.Audio.Streams;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Streams;

public class PushSourceTests
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_reader_sleeps_until_what_it_wants_is_there()
    {
        using var source = new PushSource("push", 16_000);
        var reading = Task.Run(() => source.Read(new float[8192], 1000, CancellationToken.None));
        for (var i = 0; i < 9; i++)
        {
            source.Write(new float[110]);
        }

        Assert.False(reading.IsCompleted);
        source.Write(new float[110]);
        Assert.Equal(1100, (await reading.WaitAsync(WaitTimeout)).Count);
    }

    [Fact]
    public async Task A_hurry_a_gap_the_end_and_a_ring_half_full_end_the_wait()
    {
        using var source = new PushSource("push", 16_000, seconds: 0.1);
        var buffer = new float[8192];
        source.Write(new float[5]);
        source.Interrupt();
        Assert.Equal(5, source.Read(buffer, buffer.Length, CancellationToken.None).Count);

        // No samples are available, so the interrupt does not end the read; the next sample does.
        source.Interrupt();
        var reading = Task.Run(() => source.Read(buffer, buffer.Length, CancellationToken.None));
        source.Write(new float[1]);
        Assert.Equal(1, (await reading.WaitAsync(WaitTimeout)).Count);

        // The ring holds 2048 samples. The rest is a gap, reported before the samples after it.
        source.Write(new float[2100]);
        Assert.Equal(2048, source.Read(buffer, buffer.Length, CancellationToken.None).Count);
        source.Write(new float[3]);
        var after = source.Read(buffer, buffer.Length, CancellationToken.None);
        Assert.Equal((3, 52), (after.Count, after.LostBefore));
        source.Write(new float[1024]);
        Assert.Equal(1024, source.Read(buffer, buffer.Length, CancellationToken.None).Count);
        source.Write(new float[7]);
        source.Complete();
        Assert.Equal(7, source.Read(buffer, buffer.Length, CancellationToken.None).Count);
        Assert.True(source.Read(buffer, buffer.Length, CancellationToken.None).IsEnd);
    }

    [Fact]
    public async Task No_wake_up_is_lost_between_a_writer_and_a_reader_that_falls_asleep()
    {
        // The reader waits for the last sample of each round; if a wake-up were lost, it would wait forever.
        const int Rounds = 20_000;
        using var source = new PushSource("push", 16_000);
        using var patience = new CancellationTokenSource(WaitTimeout);
        using var turn = new SemaphoreSlim(0);
        var reading = Task.Run(() =>
        {
            var random = new Random(3);
            var buffer = new float[64];
            for (var i = 0; i < Rounds; i++)
            {
                for (var left = 8; left > 0;)
                {
                    left -= source.Read(buffer.AsSpan(0, left), random.Next(1, left + 1), patience.Token).Count;
                }

                turn.Release();
            }
        });
        for (var i = 0; i < Rounds; i++)
        {
            for (var written = 0; written < 8; written++)
            {
                source.Write(new float[1]);
            }

            await turn.WaitAsync(patience.Token);
        }

        await reading;
    }

    [Fact]
    public void What_is_written_is_read_and_then_comes_the_end()
    {
        using var source = new PushSource("phone", 16_000, channels: 2);
        Assert.True(source.Write([0.5f, 0.1f, -0.5f, -0.1f]));
        source.Complete();
        Assert.False(source.Write([1, 1]));
        var samples = new float[10];
        Assert.Equal(2, source.Read(samples, 1, CancellationToken.None).Count);
        Assert.Equal([0.3f, -0.3f], samples[..2], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.True(source.Read(samples, 1, CancellationToken.None).IsEnd);
    }

    [Fact]
    public async Task A_writer_waits_for_room_and_loses_nothing()
    {
        using var source = new PushSource("file", 8_000, isLive: false, seconds: 0.1);
        var sent = Enumerable.Range(0, 50_000).Select(i => (float)i).ToArray();
        var writing = Task.Run(async () =>
        {
            foreach (var piece in sent.Chunk(3_000))
            {
                Assert.True(await source.WriteAsync(piece));
            }

            source.Complete();
        });
        var received = new List<float>();
        var buffer = new float[700];
        for (int count; (count = source.Read(buffer, 1, CancellationToken.None).Count) > 0;)
        {
            received.AddRange(buffer[..count]);
        }

        await writing.WaitAsync(ChildProcess.WaitTimeout);
        Assert.Equal(sent, received);
        Assert.Equal(0, source.Lost);
    }

    [Fact]
    public async Task A_live_writer_never_waits_and_the_reader_hears_of_what_is_lost()
    {
        using var source = new PushSource("phone", 8_000, seconds: 1);
        var sent = new float[8192 + 500];
        Assert.True(await source.WriteAsync(sent));
        Assert.Equal(500, source.Lost);
        var buffer = new float[10_000];
        Assert.Equal(8192, source.Read(buffer, 1, CancellationToken.None).Count);
        source.Write([1]);
        var after = source.Read(buffer, 1, CancellationToken.None);
        Assert.Equal((1, 500), (after.Count, after.LostBefore));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_is_lost_after_the_last_block_is_told_once_before_the_end(int gapsBefore)
    {
        using var source = new PushSource("phone", 8_000, seconds: 1);
        var buffer = new float[10_000];
        source.Write(new float[8192 + 500]);
        for (var i = 0; i < gapsBefore; i++)
        {
            // An earlier loss is reported with the block after it, and only once.
            source.Read(buffer, 1, CancellationToken.None);
            source.Write(new float[8192 + 70]);
        }

        source.Complete();
        var told = 0L;
        AudioBlock block;
        while (!(block = source.Read(buffer, 1, CancellationToken.None)).IsEnd)
        {
            told += block.LostBefore;
        }

        Assert.Equal(source.Lost, told);
        Assert.True(source.Read(buffer, 1, CancellationToken.None).IsEnd);
    }

    [Fact]
    public async Task A_reader_that_leaves_frees_the_writer()
    {
        var source = new PushSource("file", 8_000, isLive: false, seconds: 0.1);
        var writing = source.WriteAsync(new float[10_000]).AsTask();
        Assert.False(writing.IsCompleted);
        source.Dispose();
        Assert.False(await writing.WaitAsync(ChildProcess.WaitTimeout));
    }

    [Fact]
    public async Task Cancelling_frees_writer_and_reader()
    {
        using var full = new PushSource("file", 8_000, isLive: false, seconds: 0.1);
        using var empty = new PushSource("phone", 8_000);
        using var stop = new CancellationTokenSource();
        var writing = full.WriteAsync(new float[10_000], stop.Token).AsTask();
        var reading = Task.Run(() => empty.Read(new float[10], 1, stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(ChildProcess.WaitTimeout));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(ChildProcess.WaitTimeout));
    }

    [Theory]
    [InlineData(7_999, 1)]
    [InlineData(192_001, 1)]
    [InlineData(16_000, 0)]
    [InlineData(16_000, 33)]
    public void Formats_that_cannot_be_served_are_refused(int sampleRate, int channels) =>
        Assert.ThrowsAny<ArgumentException>(() => new PushSource("phone", sampleRate, channels));

    [Fact]
    public void Half_a_frame_is_refused()
    {
        using var source = new PushSource("phone", 16_000, channels: 2);
        Assert.Throws<ArgumentException>(() => source.Write([1, 2, 3]));
    }

    [Theory]
    [InlineData(PcmEncoding.Unsigned8, new byte[] { 0, 128, 255 }, new[] { -1f, 0, 127 / 128f })]
    [InlineData(PcmEncoding.Signed16, new byte[] { 0, 0x80, 0, 0x40, 7 }, new[] { -1f, 0.5f })]
    [InlineData(PcmEncoding.Signed24, new byte[] { 0, 0, 0x80, 0, 0, 0x40 }, new[] { -1f, 0.5f })]
    [InlineData(PcmEncoding.Signed32, new byte[] { 0, 0, 0, 0x80, 0, 0, 0, 0x40 }, new[] { -1f, 0.5f })]
    [InlineData(PcmEncoding.FloatingPoint32, new byte[] { 0, 0, 0, 0xBF, 0, 0, 0xC0, 0x7F }, new[] { -0.5f, 0 })]
    public void Bytes_become_samples(PcmEncoding encoding, byte[] bytes, float[] expected)
    {
        var samples = new float[8];
        Assert.Equal(expected.Length, Pcm.ToFloat(bytes, encoding, samples));
        Assert.Equal(expected, samples[..expected.Length]);
    }
}
