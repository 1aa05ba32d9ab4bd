using SernetStream.Testing;

namespace SernetStream.Diary.Tests;

/// <summary>What is wrong with a file is one sentence in the log; the daemon hears on, and nothing is overwritten.</summary>
public class DiaryFaultTests
{
    [Fact]
    public async Task A_damaged_file_is_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("kitchen.db", "This is no database, but somebody may want it back."u8);
        await AssertIsLeftAsync(path, "is damaged");
    }

    [Fact]
    public async Task A_damaged_page_is_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("kitchen.db");
        await DiarySample.WriteAsync(path, 200);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(200, bytes.Length - 200).Fill(0xA5);
        await File.WriteAllBytesAsync(path, bytes);
        await AssertIsLeftAsync(path, "is damaged");
    }

    [Fact]
    public async Task The_database_of_somebody_else_is_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("kitchen.db");
        DiarySample.Execute(path, "CREATE TABLE recipe (name TEXT)");
        await AssertIsLeftAsync(path, "holds something else");
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("kitchen.db");
        await DiarySample.WriteAsync(path, 2);
        DiarySample.Execute(path, "PRAGMA user_version = 2");
        await AssertIsLeftAsync(path, "has version 2, and this sernetd knows 1");
    }

    [Fact]
    public async Task A_lock_of_another_process_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("kitchen.db");
        await DiarySample.WriteAsync(path, 1);
        var (clock, log) = (new DiaryTime(), new Journal());
        await using var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, log, clock);
        await publisher.StartAsync(CancellationToken.None);
        await using (var holder = ChildProcess.Start(
            "python3",
            ["-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()", path]))
        {
            await holder.OutputLineAsync(line => line == "held");
            await publisher.PublishAsync(DiarySample.Event(1, clock), CancellationToken.None);
            await publisher.PublishAsync(DiarySample.Event(2, clock), CancellationToken.None);
            Assert.Contains("is locked by another program", Assert.Single(log.Problems), StringComparison.Ordinal);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        publisher.Tick();
        Assert.Equal([0L, 1, 2], DiarySample.Read(path).Select(entry => entry.Sequence));
        Assert.Single(log.Problems);
    }

    [NeedsFact("mount")]
    public async Task A_full_disk_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        await using var disk = await SmallDisk.MountAsync(folder.PathOf("disk"));
        Assert.SkipWhen(disk is null, "only root may mount a small disk");
        var path = Path.Combine(disk.Path, "kitchen.db");
        var (clock, log) = (new DiaryTime(), new Journal());
        await using var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, log, clock);
        await publisher.StartAsync(CancellationToken.None);
        await publisher.PublishAsync(DiarySample.Event(0, clock), CancellationToken.None);
        var ballast = Path.Combine(disk.Path, "ballast");
        Fill(ballast);

        // SQLite's log has pages in hand, so that some events still find room.
        var sequence = 1L;
        for (; log.Problems.Count == 0 && sequence < 500; sequence++)
        {
            await publisher.PublishAsync(DiarySample.Event(sequence, clock), CancellationToken.None);
        }

        Assert.Contains("no room for the diary", Assert.Single(log.Problems), StringComparison.Ordinal);
        File.Delete(ballast);
        clock.Advance(TimeSpan.FromMinutes(1));
        publisher.Tick();
        Assert.Equal(Enumerable.Range(0, (int)sequence).Select(number => (long)number), DiarySample.Read(path).Select(entry => entry.Sequence));
    }

    [NeedsFact("mount")]
    public async Task A_disk_that_is_read_only_is_said_once()
    {
        using var folder = new TemporaryFolder();
        await using var disk = await SmallDisk.MountAsync(folder.PathOf("disk"));
        Assert.SkipWhen(disk is null, "only root may mount a small disk");
        var path = Path.Combine(disk.Path, "kitchen.db");
        await DiarySample.WriteAsync(path, 1);
        await disk.RemountAsync("ro");
        var (clock, log) = (new DiaryTime(), new Journal());
        await using var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, log, clock);
        await publisher.StartAsync(CancellationToken.None);
        for (var sequence = 1L; sequence < 4; sequence++)
        {
            await publisher.PublishAsync(DiarySample.Event(sequence, clock), CancellationToken.None);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Contains("read-only", Assert.Single(log.Problems), StringComparison.Ordinal);
        await disk.RemountAsync("rw");
        publisher.Tick();
        Assert.Equal([0L, 1, 2, 3], DiarySample.Read(path).Select(entry => entry.Sequence));
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 });
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task AssertIsLeftAsync(string path, string sentence)
    {
        var before = await File.ReadAllBytesAsync(path);
        var (clock, log) = (new DiaryTime(), new Journal());
        await using (var publisher = new DiaryPublisher(new DiaryFile(path), DiarySample.Retention, log, clock))
        {
            await publisher.StartAsync(CancellationToken.None);
            for (var sequence = 0L; sequence < 3; sequence++)
            {
                await publisher.PublishAsync(DiarySample.Event(sequence, clock), CancellationToken.None);
                clock.Advance(TimeSpan.FromMinutes(1));
            }
        }

        Assert.Contains(sentence, Assert.Single(log.Problems), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(path));
        var error = Assert.Throws<DiaryException>(() => DiarySample.Read(path));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }
}
