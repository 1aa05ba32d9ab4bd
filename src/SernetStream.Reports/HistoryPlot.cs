using System.Globalization;
using SernetStream.Diary;
using SernetStream.Evaluation.Plots;

namespace SernetStream.Reports;

/// <summary>A stretch of the diary as a picture: a bar for each part of the time in which somebody spoke.</summary>
internal static class HistoryPlot
{
    /// <summary>Parts of the time: of a day, five minutes each.</summary>
    private const int Parts = 288;

    /// <summary>Draws it.</summary>
    /// <param name="node">Whose diary it is.</param>
    /// <param name="entries">The entries of the time.</param>
    /// <param name="from">The left edge.</param>
    /// <param name="to">The right edge.</param>
    public static string Draw(string node, IReadOnlyList<DiaryEntry> entries, DateTimeOffset from, DateTimeOffset to)
    {
        var utterances = entries.Where(entry => entry.Kind == EmotionEventKind.Final).ToList();
        var labels = utterances.SelectMany(utterance => utterance.Probabilities.Labels).Distinct(StringComparer.Ordinal).ToList();
        var seconds = (to - from).TotalSeconds;
        var part = seconds / Parts;
        var spans = utterances
            .GroupBy(utterance => Math.Clamp((int)((utterance.Time - from).TotalSeconds / part), 0, Parts - 1))
            .OrderBy(group => group.Key)
            .Select(group => Span(group.Key * part, part, [.. group], labels, Clock))
            .ToList();
        return TimelinePlot.Draw(
            string.Create(CultureInfo.InvariantCulture, $"{node}, {from.LocalDateTime:yyyy-MM-dd HH:mm} to {to.LocalDateTime:yyyy-MM-dd HH:mm}"),
            $"{HistoryText.Shares(entries)}; the darker the likelier, the answer framed",
            labels,
            spans,
            seconds,
            Clock);

        string Clock(double at) => from.AddSeconds(at).LocalDateTime.ToString(
            seconds > TimeSpan.SecondsPerDay ? "MM-dd HH:mm" : "HH:mm", CultureInfo.InvariantCulture);
    }

    private static TimelineSpan Span(
        double start, double length, IReadOnlyList<DiaryEntry> utterances, IReadOnlyList<string> labels, Func<double, string> clock)
    {
        var spoken = utterances.Sum(utterance => utterance.Seconds);
        var emotion = utterances.GroupBy(utterance => utterance.Emotion, StringComparer.Ordinal)
            .MaxBy(same => same.Sum(utterance => utterance.Seconds))!.Key;
        return new TimelineSpan(
            start,
            start + length,
            emotion,
            [.. labels.Select(label => spoken > 0
                ? (float)(utterances.Sum(utterance => utterance.Seconds * utterance.Probabilities[label]) / spoken)
                : utterances[0].Probabilities[label])],
            string.Create(CultureInfo.InvariantCulture, $"{clock(start)} to {clock(start + length)}: {emotion}, {utterances.Count} utterances."));
    }
}
