using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Streams;

/// <summary>Raw samples through a pipe.</summary>
public sealed class StreamSourceTests : IDisposable
{
    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.Out);

    [Fact]
    public void Samples_survive_any_chunking()
    {
        // Zeros alone may be the beginning of an MP4 file, until the eighth byte.
        short[] values = [1, 0, -1, 256, -256, short.MaxValue, short.MinValue, 12345];
        var bytes = values.SelectMany(value => new[] { (byte)value, (byte)(value >> 8) }).ToArray();
        foreach (var chunk in new[] { 1, 2, 3, 5, 7, 16 })
        {
            using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
            using var source = Open(pipe);
            var samples = new List<float>();
            var buffer = new float[3];
            var written = 0;
            while (written < bytes.Length)
            {
                var piece = bytes.AsSpan(written, Math.Min(chunk, bytes.Length - written));
                pipe.Write(piece);
                written += piece.Length;
                while (samples.Count < written / 2)
                {
                    var block = source.Read(buffer, 1, CancellationToken.None);
                    Assert.Equal(0, block.LostBefore);
                    samples.AddRange(buffer.AsSpan(0, block.Count));
                }
            }

            pipe.Dispose();
            Assert.Equal(0, source.Read(buffer, 1, CancellationToken.None).Count);
            Assert.Equal(values.Select(value => value / 32_768f), samples);
        }
    }

    [Fact]
    public void Half_a_sample_at_the_end_is_dropped()
    {
        using var source = Open(_pipe);
        _pipe.Write([0, 0x40, 0x7F]);
        _pipe.Dispose();
        var buffer = new float[10];
        Assert.Equal(1, source.Read(buffer, 1, CancellationToken.None).Count);
        Assert.Equal(0.5f, buffer[0]);
        Assert.Equal(0, source.Read(buffer, 1, CancellationToken.None).Count);
    }

    [Fact]
    public async Task It_gathers_what_is_wanted_and_keeps_what_it_has_when_it_is_cancelled()
    {
        using var source = Open(_pipe);
        using var cancel = new CancellationTokenSource();
        var reading = Task.Run(() => source.Read(new float[1000], 30, cancel.Token));
        _pipe.Write(new byte[20]);
        _pipe.Write(new byte[20]);
        _pipe.Write(new byte[20]);
        Assert.Equal(30, (await reading.WaitAsync(TimeSpan.FromMinutes(1))).Count);

        _pipe.Write(new byte[20]);
        source.Interrupt();
        Assert.Equal(10, source.Read(new float[1000], 30, cancel.Token).Count);

        _pipe.Write(new byte[14]);
        _pipe.Dispose();
        Assert.Equal(7, source.Read(new float[1000], 30, cancel.Token).Count);
        Assert.True(source.Read(new float[1000], 30, cancel.Token).IsEnd);
    }

    [Fact]
    public void What_is_there_is_returned_without_waiting_for_more()
    {
        using var source = Open(_pipe);
        _pipe.Write(new byte[20]);
        Assert.Equal(10, source.Read(new float[1000], 1, CancellationToken.None).Count);
    }

    [Fact]
    public async Task Cancelling_wakes_a_blocked_read_and_loses_nothing()
    {
        using var source = Open(_pipe);
        using var cancel = new CancellationTokenSource();
        _pipe.Write([1]);
        var reading = Task.Run(() => source.Read(new float[10], 1, cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(5)));

        // The half sample from before is kept, and an old wake-up does not end the next wait.
        var next = Task.Run(() => source.Read(new float[10], 1, CancellationToken.None).Count);
        _pipe.Write([0]);
        Assert.Equal(1, await next.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_pipe_is_live_unless_its_writer_is_to_wait()
    {
        using var source = Open(_pipe);
        Assert.True(source.IsLive);
        Assert.Equal(16_000, source.SampleRate);
        using var patient = new StreamSource(Handle(_pipe), "pipe", 8_000, PlaybackSpeed.Max);
        Assert.False(patient.IsLive);
        Assert.Equal(16_000, patient.SampleRate);
    }

    [Fact]
    public void A_file_is_not_live()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.raw", [0, 0x40]);
        using var source = new StreamSource(File.OpenHandle(path), "x.raw");
        Assert.False(source.IsLive);
        Assert.Equal(1, source.Read(new float[5], 1, CancellationToken.None).Count);
    }

    [Fact]
    public void A_descriptor_that_cannot_be_read_fails_with_a_sentence()
    {
        using var source = new StreamSource(new SafeFileHandle(99_999, ownsHandle: false), "stdin");
        var failure = Assert.Throws<AudioDeviceException>(() => source.Read(new float[5], 1, CancellationToken.None));
        Assert.Equal(AudioDeviceError.Failed, failure.Error);
        Assert.StartsWith("stdin could not be read", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7_999)]
    [InlineData(192_001)]
    public void A_rate_outside_the_range_is_refused(int rate)
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new StreamSource(Handle(_pipe), "x", rate));
        Assert.Contains($"sampleRate is {rate}; it must be 8000 to 192000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using var source = Open(_pipe);
        using var cancel = new CancellationTokenSource();
        var bytes = new byte[640];
        var buffer = new float[320];
        var allocated = Allocations.Of(() =>
        {
            _pipe.Write(bytes);
            source.Read(buffer, 1, cancel.Token);
        });
        Assert.Equal(0, allocated);
    }

    public void Dispose() => _pipe.Dispose();

    private static StreamSource Open(AnonymousPipeServerStream pipe) => new(Handle(pipe), "pipe");

    private static SafeFileHandle Handle(AnonymousPipeServerStream pipe) =>
        new(pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false);
}
