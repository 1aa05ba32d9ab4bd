using System.Globalization;
using SernetStream.Configuration;

namespace SernetStream.Reports;

/// <summary>Times on the command line: a stretch back from now, a day, or a moment.</summary>
internal static class HistoryRange
{
    private static readonly string[] Forms =
        ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];

    /// <summary>The time that was asked for: without any word the last day.</summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public static (DateTimeOffset From, DateTimeOffset To) Of(string? last, string? since, string? until, DateTimeOffset now)
    {
        if (last is not null && (since ?? until) is not null)
        {
            throw new CommandException(ExitCode.Usage, "--last ends now; give --since and --until instead of it, or leave them out.");
        }

        // A moment later than now, so that the newest entry belongs to it.
        var to = until is null ? now.AddSeconds(1) : Moment("--until", until);
        var from = since is null ? to - Length(last ?? "24h") : Moment("--since", since);
        return from < to
            ? (from, to)
            : throw new CommandException(ExitCode.Usage, $"--since {since} is not before {(until is null ? "now" : "--until " + until)}.");
    }

    /// <summary>A day or a moment, in this machine's zone unless it names another.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static DateTimeOffset Moment(string option, string text) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var moment)
            ? moment
            : throw new CommandException(ExitCode.Usage, $"{option} is '{text}'; it must be a day such as 2026-01-31, or a moment such as 2026-01-31T18:00.");

    private static TimeSpan Length(string text)
    {
        var unit = text.Length > 1 ? text[^1] : ' ';
        var hours = unit switch { 'm' => 1.0 / 60, 'h' => 1, 'd' => 24, 'w' => 7 * 24, _ => 0 };
        return hours > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 100_000
            ? TimeSpan.FromHours(hours * count)
            : throw new CommandException(ExitCode.Usage, $"--last is '{text}'; it must be a number with m, h, d or w, such as 24h or 7d.");
    }
}
