using System.Runtime.InteropServices;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>One file of a package: mode (<c>-rwxr-xr-x</c>), owner (<c>root/root</c>), size, and path from <c>./</c> on.</summary>
public sealed record PackedFile(string Mode, string Owner, long Size, string Path);

/// <summary>The two packages of this build, made once for all tests of the collection.</summary>
public sealed class DebianPackages : IAsyncLifetime
{
    public const string Amd64 = "amd64";
    public const string Arm64 = "arm64";

    private string Native => _folder.PathOf("native");

    private readonly TemporaryFolder _folder = new();

    /// <summary>The build configuration of these tests and of what they pack.</summary>
    public static string Configuration { get; } = Path.GetFileName(
        Path.GetDirectoryName(Path.GetDirectoryName(Repository.Daemon)!)!);

    public async ValueTask InitializeAsync()
    {
        if (!CanBuild)
        {
            return;
        }

        foreach (var (architecture, runtime) in new[] { (Amd64, "linux-x64"), (Arm64, "linux-arm64") })
        {
            await CheckedAsync(
                Repository.PathOf("build", "native.sh"), runtime, Path.Combine(Native, architecture), Configuration);
        }

        await PackAsync("deb", _folder.FullPath);
        foreach (var architecture in new[] { Amd64, Arm64 })
        {
            await CheckedAsync("dpkg-deb", "-x", PathOf(architecture), TreeOf(architecture));
            await CheckedAsync("dpkg-deb", "-x", PathOf(architecture, "sernetd-plugin-host"), TreeOf(architecture));
            await CheckedAsync("dpkg-deb", "-x", PathOf(architecture, "sernetd-cluster"), TreeOf(architecture));
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    // Each test says what is missing.
    private static bool CanBuild => File.Exists("/usr/bin/clang") && File.Exists("/usr/bin/dpkg-deb");

    /// <summary>The package's file.</summary>
    public string PathOf(string architecture, string package = "sernetd") =>
        Directory.GetFiles(_folder.FullPath, $"{package}_*_{architecture}.deb").Single();

    /// <summary>The package's bill of materials.</summary>
    public string BillOf(string package, string architecture) =>
        Directory.GetFiles(_folder.FullPath, $"{package}_*_{architecture}.cdx.json").Single();

    /// <summary>The unpacked program for this machine.</summary>
    public string Program => Path.Combine(
        TreeOf(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? Arm64 : Amd64), "usr/bin/sernetd");

    /// <summary>The unpacked files of the program, the plugin host and the silo, not installed.</summary>
    public string TreeOf(string architecture) => _folder.PathOf(architecture);

    /// <summary>The files of a package, without folders.</summary>
    public async Task<IReadOnlyList<PackedFile>> FilesAsync(string architecture, string package = "sernetd")
    {
        var list = await CheckedAsync("dpkg-deb", "-c", PathOf(architecture, package));
        return
        [
            .. list.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
                .Select(part => new PackedFile(part[0], part[1], long.Parse(part[2], null), part[5]))
                .Where(file => !file.Path.EndsWith('/')),
        ];
    }

    /// <summary>A field of the control file.</summary>
    public Task<string> FieldAsync(string architecture, string field, string package = "sernetd") =>
        CheckedAsync("dpkg-deb", "-f", PathOf(architecture, package), field);

    /// <summary>Packs the builds for both processors into a folder.</summary>
    /// <param name="kind"><c>deb</c> or <c>tarball</c>.</param>
    /// <param name="folder">The target folder.</param>
    public Task PackAsync(string kind, string folder) => CheckedAsync(
        // A fixed time: a commit between two builds must not make the packages differ.
        "env",
        "SOURCE_DATE_EPOCH=1767225600",
        Repository.PathOf("packaging", "package.sh"), kind, "--out", folder, "--configuration", Configuration, "--fast", "yes", "--native", Native);

    /// <summary>Runs a program that must succeed, and returns what it printed.</summary>
    public static async Task<string> CheckedAsync(string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(program, arguments, patience: TimeSpan.FromMinutes(60));
        Assert.True(result.ExitCode == 0, $"{program} ended with {result.ExitCode}: {result.Errors}\n{result.Output}");
        return result.Output;
    }
}

/// <summary>The packages are made once.</summary>
[CollectionDefinition(Name)]
public sealed class DebianCollection : ICollectionFixture<DebianPackages>
{
    public const string Name = "Debian packages";
}
