using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace SernetStream.Publishing.Output;

/// <summary>
/// Log lines for people and for the journal, on standard error: <c>sernetd: sentence</c>, with a priority in front
/// (sd-daemon(3)) where systemd reads them. Standard output belongs to events alone.
/// </summary>
public sealed class ConsoleLog : ConsoleFormatter
{
    private const string FormatterName = "sernetd";

    private readonly string _program;

    /// <summary>systemd sets this where standard error is its journal.</summary>
    private readonly bool _isJournal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null;

    private ConsoleLog(string program)
        : base(FormatterName) => _program = program;

    /// <summary>Has a program's log written so.</summary>
    /// <param name="logging">Where.</param>
    /// <param name="program">The program's name, which begins each line.</param>
    /// <param name="threshold">From which level on.</param>
    /// <param name="hidden">Beginnings of the names of logs that are not for people.</param>
    public static void Configure(ILoggingBuilder logging, string program, LogThreshold threshold, params string[] hidden)
    {
        ArgumentNullException.ThrowIfNull(logging);
        logging
            .SetMinimumLevel(LogLevel.Trace)
            .AddFilter((category, level) => level >= threshold.Level && !Array.Exists(hidden, start => category?.StartsWith(start, StringComparison.Ordinal) == true))
            .AddConsole(options =>
            {
                options.FormatterName = FormatterName;
                options.LogToStandardErrorThreshold = LogLevel.Trace;
            });

        // Not AddConsoleFormatter, which reads options by reflection; this one has none.
        logging.Services.AddSingleton<ConsoleFormatter>(new ConsoleLog(program));
    }

    /// <inheritdoc/>
    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        ArgumentNullException.ThrowIfNull(textWriter);
        if (_isJournal)
        {
            textWriter.Write(Priority(logEntry.LogLevel));
        }

        textWriter.Write($"{_program}: ");
        textWriter.WriteLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } error && logEntry.LogLevel >= LogLevel.Error)
        {
            textWriter.WriteLine(error);
        }
    }

    private static string Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => "<2>",
        LogLevel.Error => "<3>",
        LogLevel.Warning => "<4>",
        LogLevel.Information => "<6>",
        _ => "<7>",
    };
}
