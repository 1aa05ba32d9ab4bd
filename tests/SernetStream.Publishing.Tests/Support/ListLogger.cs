using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing.Tests.Support;

/// <summary>Keeps log lines of level Information and above; tests can wait for a line.</summary>
internal sealed class ListLogger : ILogger
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            lock (_gate)
            {
                _lines.Add($"{logLevel}: {formatter(state, exception)}");
                _more.SetResult();
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Waits until <paramref name="count"/> lines contain <paramref name="part"/>.</summary>
    public async Task LinesAsync(int count, string part)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_lines.Count(line => line.Contains(part, StringComparison.Ordinal)) >= count)
                {
                    return;
                }

                more = _more.Task;
            }

            if (await Task.WhenAny(more, Task.Delay(WaitTimeout)) != more)
            {
                throw new TimeoutException(
                    $"\"{part}\" was not logged {count} times, but:\n{string.Join('\n', Lines)}");
            }
        }
    }

    /// <summary>Waits for a line that contains <paramref name="part"/>.</summary>
    public Task LineAsync(string part) => LinesAsync(1, part);
}
