using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SernetStream.Diary;

/// <summary>
/// An open diary. Each call is a transaction: when <see cref="Append"/> returns, its entries survive the end of the
/// process and a loss of power (write-ahead log, <c>synchronous=FULL</c>: a flush to the disk for each).
/// </summary>
/// <remarks>
/// Other processes may have the same file open, such as <c>sernetd history</c>. For a lock it waits
/// <see cref="LockWaitSeconds"/>. Every method throws <see cref="DiaryException"/>. One thread at a time.
/// </remarks>
internal sealed class DiaryDatabase : IDisposable
{
    /// <summary>The version of the tables. A file with a greater one is left as it is.</summary>
    public const long Version = 1;

    /// <summary>How long a call waits for the lock of another process.</summary>
    public const int LockWaitSeconds = 2;

    // "Sern": says whose file it is, as https://www.sqlite.org/pragma.html#pragma_application_id has it.
    private const long ApplicationId = 0x5365726E;

    private const string Tables = """
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            kind TEXT NOT NULL,
            time_ms INTEGER NOT NULL,
            utc_offset_minutes INTEGER NOT NULL,
            audio_start REAL NOT NULL,
            audio_end REAL NOT NULL,
            emotion TEXT NOT NULL,
            previous TEXT NOT NULL,
            confidence REAL NOT NULL,
            arousal REAL,
            probabilities TEXT NOT NULL,
            model TEXT NOT NULL) STRICT;
        CREATE INDEX event_time ON event (time_ms);
        """;

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly long _run;

    private DiaryDatabase(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        _run = 1 + Number("SELECT coalesce(max(run), 0) FROM event");
    }

    /// <summary>Opens a diary to write, and makes one where there is none.</summary>
    public static DiaryDatabase OpenToWrite(string path)
    {
        SqliteLibrary.Require();
        // Looked at before it is opened to write: a file of a newer version, or of somebody else, is not touched at all.
        var isNew = MakeFile(path) || new FileInfo(path).Length == 0;
        if (!isNew)
        {
            Open(path, SqliteOpenMode.ReadOnly).Dispose();
        }

        return Open(path, SqliteOpenMode.ReadWrite);
    }

    /// <summary>Opens a diary that there is, to read.</summary>
    public static DiaryDatabase OpenToRead(string path)
    {
        SqliteLibrary.Require();
        return Open(path, SqliteOpenMode.ReadOnly);
    }

    /// <summary>Adds entries at the end, in their order, as those of this run; all or none.</summary>
    public void Append(IReadOnlyCollection<DiaryEntry> entries) => Guard(() =>
    {
        using var transaction = _connection.BeginTransaction();
        using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            INSERT INTO event (run, sequence, kind, time_ms, utc_offset_minutes, audio_start, audio_end, emotion, previous,
                confidence, arousal, probabilities, model)
            VALUES ($run, $sequence, $kind, $time, $offset, $start, $end, $emotion, $previous, $confidence, $arousal,
                $probabilities, $model)
            """;
        foreach (var entry in entries)
        {
            EntryRow.Bind(command, entry with { Run = _run });
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    });

    /// <summary>The entries of a time, in the order in which they were written.</summary>
    /// <param name="from">The first moment.</param>
    /// <param name="to">The first moment after it.</param>
    public IReadOnlyList<DiaryEntry> Read(DateTimeOffset from, DateTimeOffset to) => Guard(() =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText = """
            SELECT run, sequence, kind, time_ms, utc_offset_minutes, audio_start, audio_end, emotion, previous, confidence,
                arousal, probabilities, model
            FROM event WHERE time_ms >= $from AND time_ms < $to ORDER BY id
            """;
        command.Parameters.AddWithValue("$from", from.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$to", to.ToUnixTimeMilliseconds());
        using var reader = command.ExecuteReader();
        var entries = new List<DiaryEntry>();
        while (reader.Read())
        {
            entries.Add(EntryRow.Read(reader));
        }

        return entries;
    });

    /// <summary>How many entries are older than a moment.</summary>
    public long Count(DateTimeOffset before) => Number(
        $"SELECT count(*) FROM event WHERE time_ms < {before.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}");

    /// <summary>
    /// Removes the entries that are older than a moment. What they held is overwritten with zeros, in the file and, when
    /// nobody reads meanwhile, in its log.
    /// </summary>
    /// <returns>How many.</returns>
    public int Delete(DateTimeOffset before) => Guard(() =>
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "DELETE FROM event WHERE time_ms < $before";
        command.Parameters.AddWithValue("$before", before.ToUnixTimeMilliseconds());
        var removed = command.ExecuteNonQuery();
        if (removed > 0)
        {
            Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        return removed;
    });

    public void Dispose() => _connection.Dispose();

    private static DiaryDatabase Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = LockWaitSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Prepare(path, connection, mode == SqliteOpenMode.ReadOnly);
            return new DiaryDatabase(path, connection);
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw DiaryException.Of(path, error);
        }
        catch (DiaryException)
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Prepare(string path, SqliteConnection connection, bool readsOnly)
    {
        var (id, version, tables) = (
            Number(connection, "PRAGMA application_id"),
            Number(connection, "PRAGMA user_version"),
            Number(connection, "SELECT count(*) FROM sqlite_master"));
        var isEmpty = (id, version, tables) == (0, 0, 0);
        if (!isEmpty && id != ApplicationId)
        {
            throw DiaryException.Damage(path, "it holds something else");
        }

        if (version > Version)
        {
            throw DiaryException.NewerVersion(path, version, Version);
        }

        if (readsOnly)
        {
            if (isEmpty)
            {
                throw DiaryException.Damage(path, "it is empty");
            }

            return;
        }

        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON");
        if (isEmpty)
        {
            // In one transaction: whenever the process ends, there is a whole diary or an empty file.
            Execute(connection, string.Create(
                CultureInfo.InvariantCulture,
                $"BEGIN IMMEDIATE; {Tables} PRAGMA application_id={ApplicationId}; PRAGMA user_version={Version}; COMMIT"));
        }
    }

    /// <summary>Makes an empty file that only its owner may read, unless there is one; SQLite gives its log the same rights.</summary>
    private static bool MakeFile(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
            {
                MakeFolder(folder);
            }

            if (File.Exists(path))
            {
                return false;
            }

            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            new FileStream(path, options).Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiaryException.Of(path, error);
        }
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void Execute(string sql) => Execute(_connection, sql);

    private long Number(string sql) => Guard(() => Number(_connection, sql));

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error)
        {
            throw DiaryException.Of(_path, error);
        }
        catch (FormatException error)
        {
            throw DiaryException.Damage(_path, error.Message, error);
        }
    }
}
