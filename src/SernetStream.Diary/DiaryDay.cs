namespace SernetStream.Diary;

/// <summary>A day of the diary, by the clock on the wall at that time.</summary>
/// <param name="date">Which day.</param>
internal sealed class DiaryDay(DateOnly date)
{
    /// <summary>How much earlier than a day one reads, to know the mood that it began with.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    // Any zone's day lies within this much of UTC's.
    private static readonly TimeSpan WidestOffset = TimeSpan.FromHours(14);

    private readonly Dictionary<string, double>[] _hours = [.. Enumerable.Range(0, 24).Select(_ => new Dictionary<string, double>(StringComparer.Ordinal))];

    /// <summary>Which day.</summary>
    public DateOnly Date => date;

    /// <summary>Seconds of each mood in each of its 24 hours. An hour that a clock was put back over holds both.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, double>> Hours => _hours;

    /// <summary>Its utterances, in the order in which they were heard.</summary>
    public IReadOnlyList<DiaryEntry> Utterances { get; private init; } = [];

    /// <summary>Seconds of each mood.</summary>
    public IReadOnlyDictionary<string, double> Totals => _hours.SelectMany(hour => hour)
        .GroupBy(mood => mood.Key, StringComparer.Ordinal).ToDictionary(moods => moods.Key, moods => moods.Sum(mood => mood.Value));

    /// <summary>The days from one on.</summary>
    /// <param name="file">The diary.</param>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="DiaryException">It cannot be read.</exception>
    public static IReadOnlyList<DiaryDay> Read(DiaryFile file, DateOnly first, int count)
    {
        var from = new DateTimeOffset(first.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return Of(file.Read(from - WidestOffset - Before, from.AddDays(count) + WidestOffset), first, count);
    }

    /// <summary>The days from one on, of entries in the order in which they were written.</summary>
    public static IReadOnlyList<DiaryDay> Of(IReadOnlyList<DiaryEntry> entries, DateOnly first, int count)
    {
        var spoken = entries.Where(entry => entry.Kind == EmotionEventKind.Final).ToLookup(entry => DateOnly.FromDateTime(entry.Time.DateTime));
        var days = Enumerable.Range(0, count).Select(first.AddDays)
            .Select(date => new DiaryDay(date) { Utterances = [.. spoken[date]] }).ToList();
        foreach (var mood in Mood.Between(entries))
        {
            Spread(mood, days);
        }

        return days;
    }

    private static void Spread(Mood mood, List<DiaryDay> days)
    {
        var (at, left) = (mood.Start.DateTime, mood.Length);
        while (left > TimeSpan.Zero)
        {
            var hourEnds = at.Date.AddHours(at.Hour + 1);
            var part = hourEnds - at < left ? hourEnds - at : left;
            var index = DateOnly.FromDateTime(at).DayNumber - days[0].Date.DayNumber;
            if (index >= 0 && index < days.Count)
            {
                var hour = days[index]._hours[at.Hour];
                hour[mood.Emotion] = hour.GetValueOrDefault(mood.Emotion) + part.TotalSeconds;
            }

            (at, left) = (hourEnds, left - part);
        }
    }
}
