using System.Collections.Concurrent;

namespace SernetStream.Testing;

/// <summary>
/// Fails the test run of an assembly if a task ended with an exception that nothing observed. The runtime ignores
/// such exceptions. All test projects use it (tests/Directory.Build.props).
/// </summary>
public sealed class UnobservedTasks : IDisposable
{
    private readonly ConcurrentQueue<Exception> _unobserved = new();

    public UnobservedTasks()
    {
        TaskScheduler.UnobservedTaskException += Take;
    }

    public void Dispose()
    {
        // The runtime reports an unobserved exception only when it collects the task.
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        TaskScheduler.UnobservedTaskException -= Take;
        if (!_unobserved.IsEmpty)
        {
            throw new InvalidOperationException(
                $"Tasks ended with exceptions that nobody looked at: {string.Join("\n\n", _unobserved)}");
        }
    }

    private void Take(object? sender, UnobservedTaskExceptionEventArgs left) => _unobserved.Enqueue(left.Exception);
}
