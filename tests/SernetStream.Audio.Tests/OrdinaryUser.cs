using System.Runtime.InteropServices;

namespace SernetStream.Audio.Tests;

/// <summary>
/// Runs code without root's rights, since file permissions do not bind root and CI may run as root. setfsuid(2) makes
/// only this thread access files as another user.
/// </summary>
internal static class OrdinaryUser
{
    private const uint Nobody = 65534;

    /// <summary>Runs synchronous code as a user who is bound by permissions.</summary>
    public static void Run(Action action)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            action();
            return;
        }

        // setfsuid returns the previous user and cannot report a failure; the assertion checks it.
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
