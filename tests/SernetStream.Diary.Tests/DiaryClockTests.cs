using Microsoft.Extensions.Logging.Abstractions;
using SernetStream.Testing;

namespace SernetStream.Diary.Tests;

/// <summary>Clocks that jump, days that end, and entries that are too old.</summary>
public class DiaryClockTests
{
    [Fact]
    public async Task Events_keep_their_order_when_the_clock_is_put_back()
    {
        using var folder = new TemporaryFolder();
        var (path, clock) = (folder.PathOf("kitchen.db"), new DiaryTime());
        await using var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, NullLogger.Instance, clock);
        await publisher.StartAsync(CancellationToken.None);
        for (var sequence = 0L; sequence < 6; sequence++)
        {
            await publisher.PublishAsync(DiarySample.Event(sequence, clock), CancellationToken.None);
            clock.SetWall(clock.GetUtcNow() + TimeSpan.FromMinutes(sequence == 2 ? -90 : 1));
        }

        var entries = DiarySample.Read(path);
        Assert.Equal([0L, 1, 2, 3, 4, 5], entries.Select(entry => entry.Sequence));

        // By the stream, five moods of a second each, whatever the wall says.
        var day = Assert.Single(DiaryDay.Of(entries, new DateOnly(2026, 1, 1), 1));
        Assert.Equal(5, day.Totals["anger"], 1e-6);
        Assert.Equal(6, day.Utterances.Count);
    }

    [Fact]
    public async Task A_clock_that_jumps_into_the_future_removes_nothing_for_a_day()
    {
        using var folder = new TemporaryFolder();
        var (path, clock) = (folder.PathOf("kitchen.db"), new DiaryTime());
        await using var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, NullLogger.Instance, clock);
        await publisher.StartAsync(CancellationToken.None);
        await publisher.PublishAsync(DiarySample.Event(0, clock), CancellationToken.None);
        clock.SetWall(clock.GetUtcNow().AddYears(5));
        for (var hour = 0; hour < 23; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            publisher.Tick();
        }

        Assert.Single(DiarySample.Read(path));
    }

    [Fact]
    public async Task What_is_older_than_the_retention_goes_while_nobody_speaks()
    {
        using var folder = new TemporaryFolder();
        var (path, clock) = (folder.PathOf("kitchen.db"), new DiaryTime());
        await using var publisher = new DiaryPublisher(new DiaryFile(path), TimeSpan.FromDays(1), NullLogger.Instance, clock);
        await publisher.StartAsync(CancellationToken.None);

        // One at 12:00 UTC and one at 22:30 UTC, which is 23:30 in Berlin; a day later only the second is kept.
        await publisher.PublishAsync(DiarySample.Event(0, clock), CancellationToken.None);
        clock.Advance(TimeSpan.FromHours(10.5));
        await publisher.PublishAsync(DiarySample.Event(1, clock), CancellationToken.None);
        for (var minute = 0; minute < 15 * 60; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            publisher.Tick();
        }

        Assert.Equal([1L], DiarySample.Read(path).Select(entry => entry.Sequence));
        Assert.Equal(TimeSpan.FromHours(1), DiarySample.Read(path)[0].Time.Offset);
    }

    [Fact]
    public void A_mood_over_midnight_belongs_to_both_days()
    {
        var evening = new DateTimeOffset(2026, 1, 1, 23, 59, 0, TimeSpan.FromHours(1));
        var days = DiaryDay.Of([Entry(evening, 0), Entry(evening.AddMinutes(3), 180)], new DateOnly(2026, 1, 1), 2);
        Assert.Equal([60d, 120d], days.Select(day => day.Totals["anger"]));
        Assert.Equal([1, 1], days.Select(day => day.Utterances.Count));
    }

    [Fact]
    public async Task Interim_events_are_not_kept_and_deleted_ones_are_not_in_the_file()
    {
        using var folder = new TemporaryFolder();
        var (path, clock) = (folder.PathOf("kitchen.db"), new DiaryTime());
        await using (var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, NullLogger.Instance, clock))
        {
            await publisher.StartAsync(CancellationToken.None);
            await publisher.PublishAsync(DiarySample.Event(0, clock, EmotionEventKind.Interim), CancellationToken.None);
            await publisher.PublishAsync(DiarySample.Event(1, clock, EmotionEventKind.Change, "wrath-to-be-found"), CancellationToken.None);
            await publisher.PublishAsync(DiarySample.Event(2, clock), CancellationToken.None);
            Assert.Equal([EmotionEventKind.Change, EmotionEventKind.Final], DiarySample.Read(path).Select(entry => entry.Kind));

            // Another connection deletes while this one has the file open.
            Assert.Equal(2, new DiaryFile(path).Delete(DateTimeOffset.MaxValue));
            Assert.Empty(DiarySample.Read(path));
            await publisher.PublishAsync(DiarySample.Event(3, clock), CancellationToken.None);
        }

        Assert.Equal([3L], DiarySample.Read(path).Select(entry => entry.Sequence));
        Assert.DoesNotContain("wrath-to-be-found", await File.ReadAllTextAsync(path, System.Text.Encoding.Latin1), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path));
    }

    private static DiaryEntry Entry(DateTimeOffset time, double audioEnd) => new()
    {
        Run = 1,
        Sequence = (long)audioEnd,
        Kind = EmotionEventKind.Final,
        Time = time,
        AudioStart = audioEnd - 0.5,
        AudioEnd = audioEnd,
        Emotion = "anger",
        Previous = "neutral",
        Confidence = 0.5f,
        Probabilities = new EmotionScores(["anger"], [1f]),
        Model = "test",
    };
}
