using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace SernetStream.Setup;

/// <summary>The service of the package, as systemd knows it.</summary>
internal static class ServiceManager
{
    /// <summary>The configuration file of the service.</summary>
    public const string ConfigurationFile = "/etc/sernetd/sernetd.yaml";

    /// <summary>The group that may read what only the service is to read.</summary>
    public const string Group = "sernet";

    /// <summary>Whether systemd runs this machine, and knows the service.</summary>
    public static bool IsThere => Directory.Exists("/run/systemd/system") && Run("systemctl", "cat", "sernetd.service").Code == 0;

    /// <summary>Whether this user may start it.</summary>
    public static bool MayStart => Environment.IsPrivilegedProcess;

    /// <summary>The command that starts it now and at each boot.</summary>
    public static string Command => (MayStart ? "" : "sudo ") + "systemctl enable --now sernetd";

    /// <summary>Starts it now, anew where it runs, and at each boot.</summary>
    /// <returns>Null; or what systemd says.</returns>
    public static string? Start()
    {
        var enabled = Run("systemctl", "enable", "sernetd.service");
        var started = enabled.Code == 0 ? Run("systemctl", "restart", "sernetd.service") : enabled;
        return started.Code == 0 ? null : started.Said;
    }

    /// <summary>Writes what only its owner and, as far as this user may say so, the service may read.</summary>
    public static void WriteSecret(string file, string text)
    {
        const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerAlone;
        }

        using (var stream = File.Open(file, options))
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(stream.SafeFileHandle, OwnerAlone);
            }

            stream.SetLength(0);
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() && Run("chgrp", Group, file).Code == 0)
        {
            File.SetUnixFileMode(file, OwnerAlone | UnixFileMode.GroupRead);
        }
    }

    private static (int Code, string Said) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true });
            var output = process!.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd().Trim();
            output.Wait();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
        catch (Win32Exception error)
        {
            return (-1, error.Message);
        }
    }
}
