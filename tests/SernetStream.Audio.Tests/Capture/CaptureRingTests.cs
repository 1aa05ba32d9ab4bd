using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>
/// The ring between the capture callback and the reader: order, gaps, times, and two threads at once.
/// </summary>
public sealed class CaptureRingTests
{
    private const int Rate = 1000;
    private static readonly long TicksPerSample = Stopwatch.Frequency / Rate;

    [Fact]
    public void It_holds_at_least_what_was_asked_for()
    {
        var ring = new CaptureRing(16_000);
        Assert.InRange(ring.Capacity, 32_000, 65_536);
        Assert.Equal(0, ring.Read(new float[10]).Count);
        Assert.Equal(0, ring.Lost);
    }

    [Fact]
    public void Samples_come_out_in_order_across_the_end_of_the_buffer()
    {
        var ring = new CaptureRing(Rate, 0.1);
        var random = new Random(3);
        var (written, read) = (0, 0);
        var buffer = new float[200];
        for (var i = 0; i < 2000; i++)
        {
            var count = random.Next(0, ring.Capacity - (written - read) + 1);
            ring.Write(Counting(written, count), 0);
            written += count;
            var block = ring.Read(buffer.AsSpan(0, random.Next(0, buffer.Length)));
            Assert.Equal(Counting(read, block.Count), buffer[..block.Count]);
            Assert.Equal(0, block.LostBefore);
            read += block.Count;
        }

        Assert.True(read > 100 * ring.Capacity / 2);
        Assert.Equal(0, ring.Lost);
    }

    [Theory]
    [InlineData(2, new[] { 0.5f, -0.25f, 1f, 0.5f }, new[] { 0.125f, 0.75f })]
    [InlineData(4, new[] { 1f, 2f, 3f, 4f }, new[] { 2.5f })]
    public void Channels_are_averaged(int channels, float[] frames, float[] mono)
    {
        var ring = new CaptureRing(Rate, mixer: new ChannelMixer(channels, Rate));
        ring.Write(frames, 0);
        var buffer = new float[10];
        Assert.Equal(mono.Length, ring.Read(buffer).Count);
        Assert.Equal(mono, buffer[..mono.Length]);
    }

    [Fact]
    public void Channels_are_averaged_across_the_end_of_the_buffer_too()
    {
        var ring = new CaptureRing(Rate, 0.01, new ChannelMixer(2, Rate));
        var buffer = new float[ring.Capacity];
        ring.Write(new float[2 * (ring.Capacity - 3)], 0);
        ring.Read(buffer);
        ring.Write([.. Enumerable.Range(0, 20).Select(i => (float)(i / 2))], 0);
        Assert.Equal(10, ring.Read(buffer).Count);
        Assert.Equal(Counting(0, 10), buffer[..10]);
    }

    [Fact]
    public void What_does_not_fit_is_dropped_from_the_end_and_reported_before_what_follows()
    {
        var ring = new CaptureRing(Rate, 0.1);
        var buffer = new float[1000];
        var now = 1_000_000_000L;
        ring.Write(Counting(0, ring.Capacity + 30), now);
        Assert.Equal(30, ring.Lost);

        // The ring is full: none of these fit.
        ring.Write(Counting(500, 5), now + (5 * TicksPerSample));
        Assert.Equal(35, ring.Lost);

        var first = ring.Read(buffer);
        Assert.Equal(new AudioBlock(ring.Capacity, now - (30 * TicksPerSample), 0), first);
        Assert.Equal(0, ring.Read(buffer).Count);

        ring.Write(Counting(600, 7), now + (12 * TicksPerSample));
        Assert.Equal(new AudioBlock(7, now + (12 * TicksPerSample), 35), ring.Read(buffer));
        Assert.Equal(35, ring.Lost);
    }

    [Fact]
    public void Blocks_are_joined_but_never_across_a_gap()
    {
        var ring = new CaptureRing(Rate);
        ring.Write(Counting(0, 10), 100);
        ring.Write(Counting(10, 10), 200);
        ring.Write(Counting(20, 10), 300, lostBefore: 4);
        ring.Write(Counting(30, 10), 400);
        var buffer = new float[100];
        Assert.Equal(new AudioBlock(20, 200, 0), ring.Read(buffer));
        Assert.Equal(new AudioBlock(20, 400, 4), ring.Read(buffer));
        Assert.Equal(Counting(20, 20), buffer[..20]);
        Assert.Equal(4, ring.Lost);
    }

    [Fact]
    public void A_gap_is_reported_once_however_small_the_pieces()
    {
        var ring = new CaptureRing(Rate);
        ring.Write(Counting(0, 10), 10_000_000, lostBefore: 9);
        var buffer = new float[3];
        var blocks = Enumerable.Range(0, 4).Select(_ => ring.Read(buffer)).ToList();
        Assert.Equal([9L, 0L, 0L, 0L], blocks.Select(block => block.LostBefore));
        Assert.Equal([3, 3, 3, 1], blocks.Select(block => block.Count));
        Assert.Equal(
            [7, 4, 1, 0],
            blocks.Select(block => (10_000_000 - block.CapturedAt) / TicksPerSample));
    }

    [Fact]
    public void A_loss_with_no_samples_after_it_waits_for_them()
    {
        var ring = new CaptureRing(Rate);
        ring.Write([], 0, lostBefore: 5);
        Assert.Equal(0, ring.Read(new float[9]).Count);
        Assert.Equal(5, ring.Lost);
        ring.Write(Counting(0, 1), 0, lostBefore: 2);
        Assert.Equal(7, ring.Read(new float[9]).LostBefore);
    }

    [Fact]
    public void Too_many_tiny_blocks_are_lost_like_too_many_samples()
    {
        var ring = new CaptureRing(100_000, 0.1);
        Assert.True(ring.BlockCapacity < ring.Capacity);
        for (var i = 0; i < ring.BlockCapacity + 3; i++)
        {
            ring.Write(Counting(i, 1), i);
        }

        Assert.Equal(3, ring.Lost);
        var buffer = new float[1000];
        Assert.Equal(ring.BlockCapacity, ring.Read(buffer).Count);
        ring.Write(Counting(0, 1), 0);
        Assert.Equal(3, ring.Read(buffer).LostBefore);
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        var ring = new CaptureRing(Rate, mixer: new ChannelMixer(2, Rate));
        var frames = new float[64];
        var buffer = new float[64];
        Assert.Equal(0, Allocations.Of(Pass));

        void Pass()
        {
            for (var i = 0; i < 200; i++)
            {
                ring.Write(frames, i, lostBefore: i % 2);
                ring.Read(buffer);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Two_threads_at_full_speed_account_for_every_sample(int seed)
    {
        // A small ring, so that it is often full or empty and always wraps. A sample is its own index modulo 2^20, which a
        // float holds exactly.
        const int Total = 3_000_000;
        const int Modulus = 1 << 20;
        var ring = new CaptureRing(Rate, 0.25);
        var writer = Task.Factory.StartNew(
            () =>
            {
                var random = new Random(seed);
                var frames = new float[400];
                for (var next = 0; next < Total;)
                {
                    var count = Math.Min(random.Next(1, frames.Length), Total - next);
                    for (var i = 0; i < count; i++)
                    {
                        frames[i] = (next + i) & (Modulus - 1);
                    }

                    ring.Write(frames.AsSpan(0, count), (next + count) * TicksPerSample);
                    next += count;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        var expected = 0L;
        var lost = 0L;
        var readerRandom = new Random(seed + 100);
        var buffer = new float[300];
        while (true)
        {
            var isOver = writer.IsCompleted;
            var block = ring.Read(buffer.AsSpan(0, readerRandom.Next(1, buffer.Length)));
            expected += block.LostBefore;
            lost += block.LostBefore;
            for (var i = 0; i < block.Count; i++)
            {
                if (buffer[i] != (expected & (Modulus - 1)))
                {
                    Assert.Fail($"Sample {expected} is {buffer[i]}.");
                }

                expected++;
            }

            if (block.Count > 0)
            {
                Assert.Equal(expected * TicksPerSample, block.CapturedAt);
            }
            else if (isOver)
            {
                break;
            }
        }

        await writer;

        // The last lost samples have no block after them.
        Assert.Equal(Total - expected, ring.Lost - lost);
        Assert.True(expected > 0);
    }

    private static float[] Counting(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => (float)number)];
}
