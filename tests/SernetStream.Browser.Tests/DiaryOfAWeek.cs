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

    /// <summary>Utterances from the morning on, of today until now: the test may run at any hour.</summary>
    private static IEnumerable<DiaryEntry> Day(DateTime midnight, int back)
    {
        const int Utterances = 48;
        var ends = back == 0 ? (DateTime.Now - midnight).TotalSeconds : (19 + (back % 4)) * 3600.0;
        var begins = Math.Min(7.25 * 3600, ends / 2);
        var step = (ends - begins) / Utterances;
        return Enumerable.Range(0, Utterances)
            .Select(i => Entry(midnight, i, begins + (step * (i + (i * i % 7 * 0.1))), Moods[((i * i) + back) % Moods.Length]));
    }

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
