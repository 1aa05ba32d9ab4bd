using SernetStream.PluginProtocol;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Host;

public sealed class PluginConnectionTests
{
    [Fact]
    public async Task A_question_that_could_not_be_sent_leaves_no_exception_behind()
    {
        var left = new List<string>();
        void Take(object? sender, UnobservedTaskExceptionEventArgs task)
        {
            lock (left)
            {
                left.AddRange(task.Exception.InnerExceptions.Select(error => error.Message));
            }
        }

        TaskScheduler.UnobservedTaskException += Take;
        try
        {
            await AskWhileItEndsAsync();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Take;
        }

        lock (left)
        {
            Assert.DoesNotContain("the connection has ended", left);
        }
    }

    // A separate method, so that no local keeps the task alive.
    private static async Task AskWhileItEndsAsync()
    {
        var stream = new EndingStream();
        using var connection = new PluginConnection(stream, _ => default);
        var asked = connection.AskAsync(FrameKind.Ping);
        await connection.RunAsync().WaitAsync(ChildProcess.WaitTimeout);
        stream.Broken.SetResult();
        await Assert.ThrowsAsync<IOException>(() => asked);
    }

    /// <summary>A stream whose peer has gone. A write fails only when the test says so.</summary>
    private sealed class EndingStream : MemoryStream
    {
        public TaskCompletionSource Broken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Broken.Task;
            throw new ObjectDisposedException("the connection");
        }
    }
}
