using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace SernetStream.Diary;

/// <summary>An entry as a row of the table, and back.</summary>
internal static class EntryRow
{
    /// <summary>Gives a command the values of an entry.</summary>
    public static void Bind(SqliteCommand command, DiaryEntry entry)
    {
        command.Parameters.Clear();
        Add("$run", SqliteType.Integer, entry.Run);
        Add("$sequence", SqliteType.Integer, entry.Sequence);
        Add("$kind", SqliteType.Text, EmotionEventJson.KindName(entry.Kind));
        Add("$time", SqliteType.Integer, entry.Time.ToUnixTimeMilliseconds());
        Add("$offset", SqliteType.Integer, (long)entry.Time.TotalOffsetMinutes);
        Add("$start", SqliteType.Real, Math.Round(entry.AudioStart, 3));
        Add("$end", SqliteType.Real, Math.Round(entry.AudioEnd, 3));
        Add("$emotion", SqliteType.Text, entry.Emotion);
        Add("$previous", SqliteType.Text, entry.Previous);
        Add("$confidence", SqliteType.Real, Math.Round(entry.Confidence, 4));
        Add("$arousal", SqliteType.Real, entry.Arousal is { } arousal ? Math.Round(arousal, 3) : DBNull.Value);
        Add("$probabilities", SqliteType.Text, Text(entry.Probabilities));
        Add("$model", SqliteType.Text, entry.Model);

        void Add(string name, SqliteType type, object value) => command.Parameters.Add(name, type).Value = value;
    }

    /// <summary>Reads the row that a reader is at.</summary>
    /// <exception cref="FormatException">It holds what cannot be.</exception>
    public static DiaryEntry Read(SqliteDataReader row)
    {
        try
        {
            return new DiaryEntry
            {
                Run = row.GetInt64(0),
                Sequence = row.GetInt64(1),
                Kind = row.GetString(2) == EmotionEventJson.KindName(EmotionEventKind.Change) ? EmotionEventKind.Change : EmotionEventKind.Final,
                Time = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)).ToOffset(TimeSpan.FromMinutes(row.GetInt64(4))),
                AudioStart = row.GetDouble(5),
                AudioEnd = row.GetDouble(6),
                Emotion = row.GetString(7),
                Previous = row.GetString(8),
                Confidence = row.GetFloat(9),
                Arousal = row.IsDBNull(10) ? null : row.GetFloat(10),
                Probabilities = Scores(row.GetString(11)),
                Model = row.GetString(12),
            };
        }
        catch (Exception error) when (error is ArgumentException or InvalidCastException or InvalidOperationException or JsonException)
        {
            throw new FormatException($"an entry holds what cannot be: {error.Message}", error);
        }
    }

    private static string Text(EmotionScores scores) => "{" + string.Join(',', scores.Select(score => string.Create(
        CultureInfo.InvariantCulture, $"\"{JsonEncodedText.Encode(score.Key)}\":{Math.Round(score.Value, 4):0.####}"))) + "}";

    private static EmotionScores Scores(string text)
    {
        using var json = JsonDocument.Parse(text);
        var scores = json.RootElement.EnumerateObject().Select(score => (score.Name, Value: score.Value.GetSingle())).ToList();
        return new EmotionScores([.. scores.Select(score => score.Name)], scores.Select(score => score.Value).ToArray());
    }
}
