using System.Diagnostics;
using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>A file as a source, in real time and at full speed.</summary>
public sealed class FileSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void In_real_time_samples_come_when_they_fall_due()
    {
        const int Rate = 22_050;
        var path = _folder.Write("x.wav", WavBytes.Pcm(Rate, 1, 16, Ramp(Rate / 2)));
        using var source = FileSource.Open(path, PlaybackSpeed.RealTime);
        Assert.True(source.IsLive);
        Assert.Equal(Rate, source.SampleRate);
        Assert.Equal(path, source.Name);
        var start = Stopwatch.GetTimestamp();
        var buffer = new float[Rate];
        var samples = new List<float>();
        var blocks = 0;
        AudioBlock block;
        while ((block = source.Read(buffer, Rate / 50, CancellationToken.None)).Count > 0)
        {
            var now = Stopwatch.GetTimestamp();
            samples.AddRange(buffer.AsSpan(0, block.Count));
            blocks++;

            // A sample is due when its time in the file has passed, and is delivered after that.
            Assert.InRange(block.CapturedAt, 0, now);
            var due = Stopwatch.GetElapsedTime(start, block.CapturedAt);
            Assert.True(due.TotalSeconds > ((double)samples.Count / Rate) - 0.001);
            Assert.Equal(0, block.LostBefore);
        }

        Assert.Equal(AudioFile.ReadAll(path).Samples, samples);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.499));
        Assert.InRange(blocks, 2, 26);
    }

    [Fact]
    public void A_late_reader_gets_all_that_is_due()
    {
        const int Rate = 16_000;
        using var source = Open(Rate, 10 * Rate, PlaybackSpeed.RealTime);
        var first = source.Read(new float[1], Rate / 50, CancellationToken.None);
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(first.CapturedAt) > TimeSpan.FromSeconds(0.1));
        var block = source.Read(new float[Rate * 10], Rate / 50, CancellationToken.None);
        Assert.True(block.Count >= Rate / 10);
    }

    [Fact]
    public async Task It_waits_until_the_wanted_samples_are_due_unless_there_is_a_hurry()
    {
        const int Rate = 16_000;
        using var source = Open(Rate, 1000 * Rate, PlaybackSpeed.RealTime);
        var buffer = new float[400 * Rate];
        Assert.InRange(source.Read(buffer, 3000, CancellationToken.None).Count, 3000, buffer.Length);

        // Without the interrupt, the read would take minutes.
        var reading = Task.Run(() => source.Read(buffer, buffer.Length, CancellationToken.None));
        source.Interrupt();
        Assert.InRange((await reading.WaitAsync(TimeSpan.FromMinutes(1))).Count, 1, buffer.Length - 1);
    }

    [Fact]
    public async Task Cancelling_wakes_a_waiting_reader()
    {
        using var source = Open(8_000, 80_000, PlaybackSpeed.RealTime);
        using var cancel = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            var buffer = new float[100];
            while (source.Read(buffer, 1, cancel.Token).Count > 0)
            {
            }
        });
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(5)));
        Assert.Throws<OperationCanceledException>(() => source.Read(new float[100], 1, cancel.Token));
    }

    [Fact]
    public void At_full_speed_nothing_waits()
    {
        // Ten minutes of sound: in real time the test would fail.
        const int Total = 600 * 8_000;
        using var source = Open(8_000, Total, PlaybackSpeed.Max);
        Assert.False(source.IsLive);
        var buffer = new float[100_000];
        var count = 0L;
        for (AudioBlock block; (block = source.Read(buffer, 1, CancellationToken.None)).Count > 0;)
        {
            count += block.Count;
            Assert.InRange(block.CapturedAt, 0, Stopwatch.GetTimestamp());
        }

        Assert.Equal(Total, count);
        Assert.Equal(0, source.Read(buffer, 1, CancellationToken.None).Count);
    }

    [Fact]
    public void A_cut_off_file_warns_at_its_end()
    {
        var whole = WavBytes.Pcm(16_000, 1, 16, Ramp(16_000));
        using var source = FileSource.Open(
            _folder.Write("x.wav", whole.AsSpan(0, 20_044)), PlaybackSpeed.Max);
        var buffer = new float[16_000];
        Assert.Equal(10_000, source.Read(buffer, 1, CancellationToken.None).Count);
        Assert.Equal(0, source.Read(buffer, 1, CancellationToken.None).Count);
        Assert.True(source.IsTruncated);
        Assert.Contains("promises 1.00 s", source.Warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PlaybackSpeed.Max)]
    [InlineData(PlaybackSpeed.RealTime)]
    public void Reading_allocates_nothing(PlaybackSpeed speed)
    {
        using var source = Open(48_000, 48_000, speed);
        using var cancel = new CancellationTokenSource();
        var buffer = new float[960];
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                source.Read(buffer, 1, cancel.Token);
            }
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Room_for_no_sample_is_refused()
    {
        using var source = Open(16_000, 100, PlaybackSpeed.RealTime);
        Assert.Throws<ArgumentException>(() => source.Read([], 1, CancellationToken.None));
    }

    public void Dispose() => _folder.Dispose();

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(n => (n % 1000) / 1000f)];

    private FileSource Open(int rate, int count, PlaybackSpeed speed) =>
        FileSource.Open(_folder.Write("x.wav", WavBytes.Pcm(rate, 1, 8, Ramp(count))), speed);
}
