using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Log lines for people and for the journal, on standard error: <c>sernetd: sentence</c>, with a priority in front
/// (sd-daemon(3)) where systemd reads them. Standard output belongs to events alone.
/// </summary>
internal sealed class ConsoleLog() : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "sernetd";

    /// <summary>systemd sets this where standard error is its journal.</summary>
    private readonly bool _isJournal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null;

    public static ILoggerFactory CreateFactory(LogThreshold threshold) => LoggerFactory.Create(builder =>
    {
        builder
            .SetMinimumLevel(LogLevel.Trace)
            .AddFilter((_, level) => level >= threshold.Level)
            .AddConsole(options =>
            {
                options.FormatterName = FormatterName;
                options.LogToStandardErrorThreshold = LogLevel.Trace;
            });

        // Not AddConsoleFormatter, which reads options by reflection; this one has none.
        builder.Services.AddSingleton<ConsoleFormatter, ConsoleLog>();
    });

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (_isJournal)
        {
            textWriter.Write(Priority(logEntry.LogLevel));
        }

        textWriter.Write("sernetd: ");
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
