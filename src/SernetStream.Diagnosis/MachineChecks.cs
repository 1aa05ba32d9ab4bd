using System.Numerics;
using System.Runtime.InteropServices;

namespace SernetStream.Diagnosis;

/// <summary>What the machine itself must offer: instructions, native libraries, a clock.</summary>
internal static class MachineChecks
{
    /// <summary>A native library and what it is for.</summary>
    internal sealed record Library(string File, string Package, string Purpose, bool IsNeeded);

    /// <summary>Processor, memory and runtime.</summary>
    public static IEnumerable<Finding> Processor()
    {
        const string Check = "processor";
        // The vectors that this program uses: native code is compiled for those that every processor of its kind has.
        var wide = Vector.IsHardwareAccelerated ? $"vectors of {8 * Vector<byte>.Count} bits" : null;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        yield return wide is null
            ? Finding.Warning(
                Check,
                $"This {RuntimeInformation.ProcessArchitecture} processor has no vectors that this program could use.",
                "It works, more slowly; see below whether the model keeps up, and lengthen windows.hop if it does not.")
            : Finding.Ok(
                Check,
                $"{Environment.ProcessorCount} cores of {RuntimeInformation.ProcessArchitecture} with {wide}, {memory:0.0} GB of memory, "
                + $"{RuntimeInformation.FrameworkDescription}, sernetd {ProductVersion.Text}.");
    }

    /// <summary>The libraries that this configuration needs.</summary>
    public static IEnumerable<Finding> Libraries(IEnumerable<Library> libraries)
    {
        const string Check = "libraries";
        foreach (var (file, package, purpose, isNeeded) in libraries)
        {
            string? because = null;
            try
            {
                NativeLibrary.Load(file);
            }
            catch (DllNotFoundException error)
            {
                because = FirstReason(error.Message, file);
            }
            catch (BadImageFormatException error)
            {
                because = error.Message;
            }

            yield return because is null
                ? Finding.Ok(Check, $"{file} ({purpose}) is there.")
                : new Finding(
                    Check,
                    isNeeded ? Severity.Fault : Severity.Warning,
                    $"{file}, which is needed to {purpose}, cannot be loaded: {because}",
                    $"Install or repair it: sudo apt install --reinstall {package}.");
        }
    }

    /// <summary>A program that this configuration needs.</summary>
    public static Finding Program(string name, string package, string purpose)
    {
        const string Check = "programs";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Any(folder => File.Exists(Path.Combine(folder, name)))
            ? Finding.Ok(Check, $"{name} (to {purpose}) is there.")
            : Finding.Fault(Check, $"{name}, which is needed to {purpose}, is in no folder of PATH.", $"Install it: sudo apt install {package}.");
    }

    /// <summary>Whether the wall clock, which stamps events, can be trusted.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="built">When this program was built: it is later than that now.</param>
    /// <param name="timesync">The folder of systemd-timesyncd.</param>
    public static IEnumerable<Finding> Clock(TimeProvider clock, DateTimeOffset built, string timesync = "/run/systemd/timesync")
    {
        const string Check = "clock";
        const string Remedy = "Set it, and keep it synchronised: sudo timedatectl set-ntp true.";
        var now = clock.GetUtcNow();
        if (now < built.AddDays(-1))
        {
            yield return Finding.Fault(
                Check, $"The clock says {now:yyyy-MM-dd HH:mm} UTC, which is before this program was built ({built:yyyy-MM-dd}).", Remedy);
        }
        else if (Directory.Exists(timesync) && !File.Exists(Path.Combine(timesync, "synchronized")))
        {
            yield return Finding.Warning(Check, "The clock has not been synchronised since the machine was started.", Remedy);
        }
        else
        {
            yield return Finding.Ok(Check, $"It is {now:yyyy-MM-dd HH:mm:ss} UTC.");
        }
    }

    // The loader names every place it has looked at; the first line that is about the file itself says why.
    private static string FirstReason(string message, string file)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var about = lines.FirstOrDefault(line => line.Contains(file, StringComparison.Ordinal) && line.Contains(": ", StringComparison.Ordinal))
            ?? lines[0];
        return about.Trim().TrimEnd('.') + ".";
    }
}
