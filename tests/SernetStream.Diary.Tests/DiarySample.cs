using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace SernetStream.Diary.Tests;

/// <summary>Events for a diary, and what tests do with the file beside it.</summary>
internal static class DiarySample
{
    public static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    private static readonly string[] Labels = ["anger", "neutral"];

    public static EmotionEvent Event(long sequence, TimeProvider clock, EmotionEventKind kind = EmotionEventKind.Final, string emotion = "anger") => new()
    {
        Node = "kitchen",
        Kind = kind,
        Sequence = sequence,
        Time = clock.GetUtcNow(),
        AudioStart = sequence,
        AudioEnd = sequence + 0.5,
        Emotion = emotion,
        Confidence = 0.75f,
        Previous = "neutral",
        Probabilities = new EmotionScores(Labels, [0.75f, 0.25f]),
        Raw = new EmotionScores(Labels, [0.75f, 0.25f]),
        Model = "test",
        LatencyMs = 1,
    };

    /// <summary>Writes a diary of so many events from the number 0 on.</summary>
    public static async Task WriteAsync(string path, int count)
    {
        var clock = new DiaryTime();
        await using var publisher = new DiaryPublisher(new DiaryFile(path), Retention, NullLogger.Instance, clock);
        await publisher.StartAsync(CancellationToken.None);
        for (var sequence = 0; sequence < count; sequence++)
        {
            await publisher.PublishAsync(Event(sequence, clock), CancellationToken.None);
        }
    }

    /// <summary>All that it holds.</summary>
    public static IReadOnlyList<DiaryEntry> Read(string path) => new DiaryFile(path).Read(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    public static void Execute(string path, string sql) => Query(path, sql);

    public static object? Query(string path, string sql)
    {
        SqliteLibrary.Require();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
