using Microsoft.Extensions.Logging;

namespace SernetStream.Diary.Tests;

/// <summary>A log that remembers warnings and errors.</summary>
internal sealed class Journal : ILogger
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
        {
            _problems.Add(formatter(state, exception));
        }
    }
}
