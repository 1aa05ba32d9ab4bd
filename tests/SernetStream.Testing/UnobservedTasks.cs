using System.Collections.Concurrent;

namespace SernetStream.Testing;

/// <summary>
/// Fails the run of an assembly if a task of it ended with an exception that nobody looked at. The runtime passes over
/// those without a word, and so would the tests. All test projects use it (tests/Directory.Build.props).
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
        // A task is known to be left alone when it is collected.
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
