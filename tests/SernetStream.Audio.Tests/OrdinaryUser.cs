using System.Runtime.InteropServices;

namespace SernetStream.Audio.Tests;

/// <summary>
/// Permissions do not bind the administrator, and CI may be one. setfsuid(2) makes this thread alone ask the file
/// system as another user, without any right of the administrator's.
/// </summary>
internal static class OrdinaryUser
{
    private const uint Nobody = 65534;

    /// <summary>Runs synchronous code as a user whom permissions bind.</summary>
    public static void Run(Action action)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            action();
            return;
        }

        // It returns the user before, and has no way to say that it failed; the assertion then does.
        _ = SetFileSystemUser(Nobody);
        try
        {
            action();
        }
        finally
        {
            _ = SetFileSystemUser(0);
        }
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetFileSystemUser(uint user);
}
