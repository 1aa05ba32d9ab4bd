using SernetStream.Diary;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

/// <summary>A diary as a node would have kept it: some hours of each of the last seven days.</summary>
internal static class DiaryOfAWeek
{
    private static readonly string[] Moods = ["neutral", "neutral", "happiness", "neutral", "sadness", "neutral", "anger", "unknown", "neutral"];

    /// <summary>Writes it.</summary>
    /// <param name="state">The state folder of the node.</param>
    /// <param name="node">Its name.</param>
    /// <returns>How many entries.</returns>
    public static int Write(TemporaryFolder state, string node)
    {
        var today = DateTime.Today;
        var entries = Enumerable.Range(0, 7).SelectMany(back => Day(today.AddDays(-back), back)).ToList();
        var file = DiaryFile.In(state.FullPath, node);
        Directory.CreateDirectory(Path.GetDirectoryName(file.Location)!);
        foreach (var run in entries.GroupBy(entry => entry.Time.Date).OrderBy(run => run.Key))
        {
            using var database = DiaryDatabase.OpenToWrite(file.Location);
            database.Append([.. run.OrderBy(entry => entry.Time)]);
        }

        return entries.Count;
    }

    private static IEnumerable<DiaryEntry> Day(DateTime midnight, int back) => Enumerable.Range(0, 42 + (6 * back))
        .Select(i => (Number: i, Seconds: (7.25 * 3600) + (i * (900 - (60 * back))) + (i * i % 7 * 40)))
        .Where(spoken => midnight.AddSeconds(spoken.Seconds) < DateTime.Now.AddMinutes(-2))
        .Select(spoken => Entry(midnight, spoken.Number, spoken.Seconds, Moods[((spoken.Number * spoken.Number) + back) % Moods.Length]));

    private static DiaryEntry Entry(DateTime midnight, int number, double seconds, string emotion) => new()
    {
        Sequence = number,
        Kind = EmotionEventKind.Final,
        Time = new DateTimeOffset(midnight.AddSeconds(seconds)),
        AudioStart = seconds - 2.5,
        AudioEnd = seconds,
        Emotion = emotion,
        Previous = "none",
        Confidence = 0.6f + (number % 9 * 0.04f),
        Probabilities = new EmotionScores(["neutral"], [0.75f]),
        Model = "test",
    };
}
