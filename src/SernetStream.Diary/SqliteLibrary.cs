using System.Runtime.InteropServices;
using SernetStream.Native;
using SQLitePCL;

namespace SernetStream.Diary;

/// <summary>Debian's SQLite. The binding asks for <c>sqlite3</c>, which only the package for developers has under that name.</summary>
internal static class SqliteLibrary
{
    /// <summary>Its file name, with the version of its interface.</summary>
    public const string FileName = "libsqlite3.so.0";

    /// <summary>The package that brings it.</summary>
    public const string Package = "libsqlite3-0";

    /// <summary>What it is for, to be read after "is needed to".</summary>
    public const string Purpose = "keep a diary";

    private static readonly Lock Gate = new();
    private static bool _isReady;

    /// <summary>Makes the binding ready, once.</summary>
    /// <exception cref="DiaryException">The library is not installed.</exception>
    public static void Require()
    {
        lock (Gate)
        {
            if (_isReady)
            {
                return;
            }

            if (!NativeLibraries.IsThere(FileName))
            {
                throw new DiaryException(DiaryFault.LibraryMissing, NativeLibraries.MissingMessage(FileName, Purpose, Package));
            }

            NativeLibrary.SetDllImportResolver(
                typeof(SQLite3Provider_sqlite3).Assembly,
                (name, _, _) => name == "sqlite3" ? NativeLibrary.Load(FileName) : IntPtr.Zero);
            raw.SetProvider(new SQLite3Provider_sqlite3());
            _isReady = true;
        }
    }
}
