using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Tests.Streams;

/// <summary>Streams that are asked at each look for all that has come.</summary>
public sealed class DrainedSourceTests : IDisposable
{
    private const int Rate = 16_000;
    private readonly float[] _buffer = new float[2 * Rate];
    private readonly Script _script = new();

    public void Dispose() => _script.Dispose();

    [Fact]
    public void Fewer_than_wanted_are_kept_until_there_are_enough()
    {
        using var source = new DrainedSource(_script.Gives(100));
        Assert.False(source.TryRead(_buffer, 512, out _, out var retryAfter));
        Assert.Equal(412.0 / Rate, retryAfter.TotalSeconds, 0.0001);
        _script.Gives(400).Gives(400);
        Assert.True(source.TryRead(_buffer, 512, out var block, out _));
        Assert.Equal((900, 0), (block.Count, block.LostBefore));
        Assert.False(source.TryRead(_buffer, 1, out _, out _));
    }

    [Fact]
    public void A_look_is_due_when_the_source_has_something_to_tell_and_ten_times_a_second()
    {
        using var source = new DrainedSource(_script);
        foreach (var (quiet, expected) in new[] { (0.02, 0.02), (0.001, 0.005), (7.0, 0.1), (-0.001, 0.1) })
        {
            _script.Quiet = TimeSpan.FromSeconds(quiet);
            Assert.False(source.TryRead(_buffer, Rate, out _, out var retryAfter));
            Assert.Equal(expected, retryAfter.TotalSeconds, 0.0001);
        }
    }

    [Fact]
    public void What_came_before_a_gap_waits_for_nothing_behind_it_nor_does_the_gap()
    {
        using var source = new DrainedSource(_script.Gives(100).Loses(800));
        Assert.True(source.TryRead(_buffer, 512, out var before, out _));
        Assert.True(source.TryRead(_buffer, 512, out var gap, out _));
        Assert.Equal((100, 0, 0, 800), (before.Count, before.LostBefore, gap.Count, gap.LostBefore));
        _script.Loses(20).Gives(512);
        Assert.True(source.TryRead(_buffer, 512, out var behind, out _));
        Assert.Equal((512, 20), (behind.Count, behind.LostBefore));
    }

    [Fact]
    public void Of_a_flood_what_is_more_than_two_seconds_is_missing_and_a_look_ends()
    {
        for (var i = 0; i < 100; i++)
        {
            _script.Gives(Rate);
        }

        using var source = new DrainedSource(_script);
        var (heard, missing) = (0L, 0L);
        for (var end = 0; end < 2; end++)
        {
            while (source.TryRead(_buffer, 512, out var block, out _))
            {
                (heard, missing) = (heard + block.Count, missing + block.LostBefore);
                _script.Floods = heard < 10 * Rate;
            }

            // What was dropped last is told with what comes next.
            _script.Gives(end == 0 ? 512 : 0);
        }

        Assert.True(missing > Rate, $"{missing} missing");
        Assert.Equal(_script.Given, heard + missing);
    }

    [Fact]
    public void It_fails_after_what_it_had_delivered_and_goes_on_failing()
    {
        using var source = new DrainedSource(_script.Gives(100).Fails());
        Assert.True(source.TryRead(_buffer, 512, out var block, out _));
        Assert.Equal(100, block.Count);
        Assert.Throws<AudioDeviceException>(() => source.TryRead(_buffer, 512, out _, out _));
        Assert.Throws<AudioDeviceException>(() => source.TryRead(_buffer, 512, out _, out _));
    }

    [Fact]
    public void What_comes_late_was_captured_when_its_duration_says_but_after_the_last_look()
    {
        using var source = new DrainedSource(_script);
        Assert.False(source.TryRead(_buffer, 1, out _, out _));
        var looked = Stopwatch.GetTimestamp();
        _script.Gives(320);
        Assert.True(source.TryRead(_buffer, 1, out var first, out _));
        Assert.InRange(first.CapturedAt, looked - Stopwatch.Frequency, looked + (Stopwatch.Frequency / 10));

        // A tenth of a second comes at once, after another tenth in which nobody looked.
        looked = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(looked).TotalSeconds < 0.1)
        {
            Thread.Yield();
        }

        _script.Gives(800).Gives(800);
        var captured = new long[2];
        for (var i = 0; i < 2; i++)
        {
            Assert.True(source.TryRead(_buffer.AsSpan(0, 800), 800, out var block, out _));
            captured[i] = block.CapturedAt;
        }

        Assert.Equal(0.05, Stopwatch.GetElapsedTime(captured[0], captured[1]).TotalSeconds, 0.001);
        Assert.InRange(captured[1], looked, Stopwatch.GetTimestamp());
    }

    /// <summary>Gives what it is told to.</summary>
    private sealed class Script : IInstantSource
    {
        private readonly Queue<AudioBlock?> _blocks = new();

        public TimeSpan Quiet { get; set; } = Timeout.InfiniteTimeSpan;

        public bool Floods { get; set; }

        public long Given { get; private set; }

        public string Name => "script";

        public int SampleRate => Rate;

        public bool IsLive => true;

        public Script Gives(int count) => Add(new AudioBlock(count, 0, 0));

        public Script Loses(int count) => Add(new AudioBlock(0, 0, count));

        public Script Fails() => Add(null);

        public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
        {
            (block, quiet) = (default, Quiet);
            if (!_blocks.TryPeek(out var next))
            {
                block = Floods ? new AudioBlock(destination.Length, Stopwatch.GetTimestamp(), 0) : default;
                Given += block.Count;
                return Floods;
            }

            var (count, _, lost) = next ?? throw new AudioDeviceException(AudioDeviceError.Gone, "It is over.");
            var taken = Math.Min(count, destination.Length);
            block = new AudioBlock(taken, Stopwatch.GetTimestamp(), lost);
            Given += taken;
            _blocks.Dequeue();
            if (taken < count)
            {
                // The rest stays first.
                _blocks.Enqueue(new AudioBlock(count - taken, 0, 0));
                for (var i = _blocks.Count; i > 1; i--)
                {
                    _blocks.Enqueue(_blocks.Dequeue());
                }
            }

            return true;
        }

        public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        private Script Add(AudioBlock? block)
        {
            _blocks.Enqueue(block);
            return this;
        }
    }
}
