using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace SernetStream.Cluster;

/// <summary>Log lines as the daemon writes them, on standard error: a sentence, with a priority in front (sd-daemon(3)) where systemd reads them.</summary>
internal sealed class ClusterLog() : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "sernet-cluster";

    private readonly bool _isJournal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null;

    /// <summary>Writes them there.</summary>
    /// <param name="logging">Where.</param>
    /// <param name="isVerbose">Whether what Orleans and the web server log is shown.</param>
    public static void Configure(ILoggingBuilder logging, bool isVerbose)
    {
        var others = isVerbose ? LogLevel.Information : LogLevel.None;
        logging
            .AddFilter("", LogLevel.Information)
            .AddFilter("Orleans", others)
            .AddFilter("Microsoft", others)
            .AddFilter("Polly", others)
            .AddConsole(console =>
            {
                console.FormatterName = FormatterName;
                console.LogToStandardErrorThreshold = LogLevel.Trace;
            });
        logging.Services.AddSingleton<ConsoleFormatter, ClusterLog>();
    }

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(_isJournal ? Priority(logEntry.LogLevel) : "");
        textWriter.Write("sernet-cluster: ");
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
