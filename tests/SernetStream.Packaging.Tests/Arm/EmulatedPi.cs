using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Arm;

/// <summary>A board with an emulated processor.</summary>
/// <param name="Cpu">Its core, as qemu names it.</param>
/// <param name="Part">The core's number in <c>/proc/cpuinfo</c>.</param>
/// <param name="Features">The core's features, as the kernel names them.</param>
public sealed record Board(string Cpu, string Part, string Features)
{
    /// <summary>Raspberry Pi 3 and Zero 2 W.</summary>
    public static Board Pi3 { get; } = new("cortex-a53", "0xd03", "fp asimd evtstrm crc32 cpuid");

    /// <summary>Raspberry Pi 4 and 400.</summary>
    public static Board Pi4 { get; } = new("cortex-a72", "0xd08", "fp asimd evtstrm crc32 cpuid");

    /// <summary>Raspberry Pi 5 and 500: the first with byte dot products, for which ONNX Runtime has separate code.</summary>
    public static Board Pi5 { get; } = new(
        "cortex-a76", "0xd0b", "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp");
}

/// <summary>
/// Runs Arm programs by qemu's user mode emulation, with the libraries of Debian's cross compiler. Programs see the board's
/// <c>/proc/cpuinfo</c> and <c>/sys/devices/system/cpu</c>: ONNX Runtime reads them when it is loaded, and crashes on those of
/// another processor.
/// </summary>
internal sealed class EmulatedPi : IDisposable
{
    public const string Emulator = "qemu-aarch64";
    public const string Compiler = "aarch64-linux-gnu-gcc";

    private const string CrossLibraries = "/usr/aarch64-linux-gnu/lib";
    private const int Cores = 4;

    private readonly TemporaryFolder _root = new();
    private readonly Board _board;

    public EmulatedPi(Board board)
    {
        _board = board;
        Directory.CreateSymbolicLink(_root.PathOf("lib"), CrossLibraries);
        Put("proc/cpuinfo", string.Concat(Enumerable.Range(0, Cores).Select(Processor)));
        Put("sys/devices/system/cpu/possible", $"0-{Cores - 1}\n");
        Put("sys/devices/system/cpu/present", $"0-{Cores - 1}\n");
        for (var core = 0; core < Cores; core++)
        {
            var folder = $"sys/devices/system/cpu/cpu{core}";
            Put($"{folder}/topology/physical_package_id", "0\n");
            Put($"{folder}/topology/cluster_cpus_list", $"0-{Cores - 1}\n");
            Put($"{folder}/cpufreq/cpuinfo_max_freq", "1800000\n");
            Put($"{folder}/cpufreq/cpuinfo_min_freq", "600000\n");
            Put($"{folder}/cache/index2/level", "2\n");
            Put($"{folder}/cache/index2/size", "1024K\n");
            Put($"{folder}/cache/index2/shared_cpu_list", $"0-{Cores - 1}\n");
        }
    }

    /// <summary>Compiles a C program for the board.</summary>
    public async Task<string> CompileAsync(string source, string include)
    {
        var program = _root.PathOf(Path.GetFileNameWithoutExtension(source));
        var made = await ChildProcess.RunAsync(
            Compiler, ["-O2", "-Wall", "-Wextra", "-Werror", "-I", include, "-o", program, source]);
        Assert.True(made.ExitCode == 0, made.Errors);
        return program;
    }

    /// <summary>Runs a program on the board with bytes on its standard input.</summary>
    public async Task<ChildResult> RunAsync(string program, IEnumerable<string> arguments, ReadOnlyMemory<byte> input)
    {
        await using var child = ChildProcess.Start(
            Emulator, ["-cpu", _board.Cpu, "-L", _root.FullPath, program, .. arguments]);
        await child.StandardInput.WriteAsync(input);
        child.StandardInput.Close();
        return await child.ExitAsync(TimeSpan.FromMinutes(5));
    }

    public void Dispose() => _root.Dispose();

    private string Processor(int core) => string.Create(CultureInfo.InvariantCulture, $"""
        processor	: {core}
        BogoMIPS	: 108.00
        Features	: {_board.Features}
        CPU implementer	: 0x41
        CPU architecture: 8
        CPU variant	: 0x0
        CPU part	: {_board.Part}
        CPU revision	: 3


        """);

    private void Put(string path, string text)
    {
        var full = _root.PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
