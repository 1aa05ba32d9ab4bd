using System.Globalization;

namespace SernetStream.Soak;

/// <summary>A process's figures from the kernel (proc(5)).</summary>
internal static class ProcessFigures
{
    /// <summary>Ticks of /proc/PID/stat in a second; 100 on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory in MB (10^6 bytes).</summary>
    public static double ResidentMegabytes(string process = "self") => Status(process, "VmRSS:");

    /// <summary>Peak resident memory in MB.</summary>
    public static double PeakMegabytes(string process = "self") => Status(process, "VmHWM:");

    /// <summary>Processor seconds of all its threads.</summary>
    public static double ProcessorSeconds(string process) => SecondsIn(File.ReadAllText($"/proc/{process}/stat"));

    private static double SecondsIn(string stat)
    {
        // The name, in brackets, may contain anything, so count the fields after it. 14 and 15 are user and system time.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture))
            / TicksPerSecond;
    }

    private static double Status(string process, string key)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
