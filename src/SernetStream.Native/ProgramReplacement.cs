using System.Runtime.InteropServices;

namespace SernetStream.Native;

/// <summary>Makes this process another program: it keeps its id, so that a service manager or a shell sees one process.</summary>
internal static partial class ProgramReplacement
{
    /// <summary>Becomes the program; returns only if that failed.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">What it is given.</param>
    /// <returns>Why it failed, for people.</returns>
    public static string Become(string program, IEnumerable<string> arguments)
    {
        string?[] words = [program, .. arguments, null];
        _ = Execute(program, words);
        return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
    }

    /// <summary>execv(3).</summary>
    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
