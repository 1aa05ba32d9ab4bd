using Microsoft.Data.Sqlite;

namespace SernetStream.Diary;

/// <summary>What can be wrong with a diary.</summary>
internal enum DiaryFault
{
    /// <summary>Another program holds it. It passes.</summary>
    Locked,

    /// <summary>There is no room on the disk. It passes when there is.</summary>
    Full,

    /// <summary>It cannot be opened or written: rights, a disk that is read-only or fails. It passes when that is mended.</summary>
    Inaccessible,

    /// <summary>What is in the file is no diary, or no longer one. Trying again does not help.</summary>
    Damaged,

    /// <summary>A newer version made it. Trying again does not help.</summary>
    Newer,

    /// <summary>SQLite is not installed. Trying again does not help.</summary>
    LibraryMissing,
}

/// <summary>The diary cannot be read or written; the message is a sentence that says what to do.</summary>
internal sealed class DiaryException : Exception
{
    // https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int TableLocked = 6;
    private const int Corrupt = 11;
    private const int NoRoom = 13;
    private const int NotADatabase = 26;

    public DiaryException(DiaryFault fault, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Fault = fault;
    }

    /// <summary>What is wrong.</summary>
    public DiaryFault Fault { get; }

    /// <summary>Whether it may pass by itself, or when somebody makes room or mends rights.</summary>
    public bool MayPass => Fault is DiaryFault.Locked or DiaryFault.Full or DiaryFault.Inaccessible;

    /// <summary>What SQLite says of a file.</summary>
    public static DiaryException Of(string path, SqliteException error) => error.SqliteErrorCode switch
    {
        Busy or TableLocked => new(DiaryFault.Locked, $"The diary {path} is locked by another program; end what holds it.", error),
        NoRoom => new(DiaryFault.Full, $"There is no room for the diary {path}; free some of its disk, or lower diary.retention.", error),
        Corrupt or NotADatabase => Damage(path, error.Message, error),
        _ => new(
            DiaryFault.Inaccessible,
            $"The diary {path} cannot be read or written ({error.Message.TrimEnd('.')}); see whether its disk is full or read-only, and whose the file is.",
            error),
    };

    /// <summary>A file or folder that cannot be reached at all.</summary>
    public static DiaryException Of(string path, Exception error) => new(
        DiaryFault.Inaccessible, $"The diary {path} cannot be reached: {error.Message.TrimEnd('.')}; see whose its folder is, and whether its disk is read-only.", error);

    /// <summary>A file whose content cannot be used.</summary>
    public static DiaryException Damage(string path, string what, Exception? error = null) => new(
        DiaryFault.Damaged,
        $"The diary {path} is damaged, or not one of sernetd ({what.TrimEnd('.')}); it is left as it is. Move it away to begin a new one, "
        + "or remove it with 'sernetd history --delete --yes'.",
        error);

    /// <summary>A file of a newer sernetd.</summary>
    public static DiaryException NewerVersion(string path, long version, long known) => new(
        DiaryFault.Newer,
        $"The diary {path} has version {version}, and this sernetd knows {known}; it is left as it is. Install the sernetd that made it, "
        + "or move it away to begin a new one.");
}
