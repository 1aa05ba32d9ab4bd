using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace SernetStream.Testing;

/// <summary>The vector instructions that a test run may use.</summary>
public enum VectorWidth
{
    /// <summary>No vectors at all.</summary>
    Scalar,

    /// <summary>128 bits without fused multiply-add, as on an old x64.</summary>
    Bits128,

    /// <summary>128 bits, with 256 for some operations: an x64 of 2011.</summary>
    Bits128Avx,

    /// <summary>128 bits with all other features: a Raspberry Pi.</summary>
    Bits128Fused,

    /// <summary>256 bits: most of x64.</summary>
    Bits256,

    /// <summary>As wide as this machine can.</summary>
    Widest,
}

/// <summary>Runs tests again in a child process with some processor features switched off.</summary>
public static partial class VectorWidths
{
    /// <summary>The variable that tells a child its intended width.</summary>
    public const string Expected = "SERNET_TEST_VECTOR_WIDTH";

    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The width that this child was started for; null in an ordinary run.</summary>
    public static VectorWidth? Asked =>
        Enum.TryParse<VectorWidth>(Environment.GetEnvironmentVariable(Expected), out var width) ? width : null;

    /// <summary>The width this process has: whether vectors are accelerated, and their bits.</summary>
    public static (bool IsAccelerated, int Bits) Here => (Vector.IsHardwareAccelerated, Vector<byte>.Count * 8);

    /// <summary>The environment variables that give a child a width.</summary>
    public static IReadOnlyDictionary<string, string> Switches(VectorWidth width) => width switch
    {
        VectorWidth.Scalar => new() { ["DOTNET_EnableHWIntrinsic"] = "0" },
        VectorWidth.Bits128 => new() { ["DOTNET_EnableAVX"] = "0" },
        VectorWidth.Bits128Avx => new() { ["DOTNET_EnableAVX2"] = "0" },
        VectorWidth.Bits128Fused => new() { ["DOTNET_MaxVectorTBitWidth"] = "128" },
        VectorWidth.Bits256 => new() { ["DOTNET_MaxVectorTBitWidth"] = "256", ["DOTNET_EnableAVX512"] = "0" },
        _ => new Dictionary<string, string> { ["DOTNET_MaxVectorTBitWidth"] = "512", ["DOTNET_PreferredVectorBitWidth"] = "512" },
    };

    /// <summary>Runs the tests of an assembly that match a filter of VSTest.</summary>
    /// <param name="width">The child's width.</param>
    /// <param name="tests">The assembly.</param>
    /// <param name="filter">Selects its tests.</param>
    /// <param name="variables">Further variables of the child's environment.</param>
    /// <returns>How many passed.</returns>
    /// <exception cref="InvalidOperationException">One failed, or none ran.</exception>
    public static async Task<int> RunAsync(
        VectorWidth width, Assembly tests, string filter, params IEnumerable<KeyValuePair<string, string>> variables)
    {
        ArgumentNullException.ThrowIfNull(tests);
        var environment = new Dictionary<string, string>(Switches(width).Concat(variables)) { [Expected] = $"{width}" };
        var result = await ChildProcess.RunAsync(
            "dotnet", [tests.Location, "-noColor", "-filterVSTest", filter], environment, WaitTimeout);
        return result.ExitCode == 0 && Passed(result.Output) is > 0 and var passed
            ? passed
            : throw new InvalidOperationException($"With {width} tests fail:\n{result.Output}\n{result.Errors}");
    }

    private static int Passed(string output) => Totals().Match(output) is { Success: true } totals
        ? int.Parse(totals.Groups["all"].Value, CultureInfo.InvariantCulture) - int.Parse(totals.Groups["skipped"].Value, CultureInfo.InvariantCulture)
        : 0;

    [GeneratedRegex(@"Total: (?<all>\d+), .*Skipped: (?<skipped>\d+)")]
    private static partial Regex Totals();
}
