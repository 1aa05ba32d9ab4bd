using System.IO.Pipes;
using System.Text;

namespace SernetStream.Native.Tests;

public sealed class DescriptorStreamTests
{
    [Fact]
    public async Task What_is_more_than_a_pipe_holds_arrives_whole()
    {
        using var reading = new AnonymousPipeServerStream(PipeDirection.In);
        var sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000)));
        var client = new AnonymousPipeClientStream(PipeDirection.Out, reading.ClientSafePipeHandle);
        var writing = Task.Run(() =>
        {
            using var stream = new DescriptorStream(client.SafePipeHandle);
            stream.Write(sent);
        });

        var received = new byte[sent.Length];
        await reading.ReadExactlyAsync(received);
        await writing;

        Assert.Equal(sent, received);
    }

    [Fact]
    public void The_wake_event_keeps_a_signal_until_somebody_waits()
    {
        using var wake = new WakeEvent();
        wake.Signal();
        wake.Signal();

        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        wake.Wait(TimeSpan.FromMinutes(1));
        wake.Wait(TimeSpan.FromMilliseconds(50));

        Assert.InRange(
            System.Diagnostics.Stopwatch.GetElapsedTime(began), TimeSpan.FromMilliseconds(49), TimeSpan.FromSeconds(30));
    }
}
