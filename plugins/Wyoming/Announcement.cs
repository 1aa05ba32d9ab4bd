using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// Announces the server on the network (mDNS, <c>_wyoming._tcp</c>) for as long as it lives, through Avahi: two responders
/// on one machine would answer for one name, and Avahi is the one a Debian machine has.
/// </summary>
internal sealed class Announcement : IDisposable
{
    private const string Program = "avahi-publish-service";
    private readonly Process? _process;
    private volatile bool _isOver;

    public Announcement(string name, int port, PluginLog log, string program = Program)
    {
        var start = new ProcessStartInfo(
            program, ["--no-fail", name, "_wyoming._tcp", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => Note(line.Data, log);
        _process.Exited += (_, _) =>
        {
            if (!_isOver)
            {
                log.Warning($"{program} has ended, so the server is not announced any more; is avahi-daemon installed and running?");
            }
        };
        try
        {
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
            log.Information($"announced as '{name}' (_wyoming._tcp, port {port})");
        }
        catch (Win32Exception)
        {
            _process = null;
            log.Information(
                "not announced on the network: install avahi-daemon and avahi-utils, or add the server by host and port, "
                + "or set announce to an empty text");
        }
    }

    public void Dispose()
    {
        _isOver = true;
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            process.WaitForExit();
        }

        _process?.Dispose();
    }

    private static void Note(string? line, PluginLog log)
    {
        // It says there too that all went well.
        if (!string.IsNullOrWhiteSpace(line))
        {
            log.Debug(line);
        }
    }
}
