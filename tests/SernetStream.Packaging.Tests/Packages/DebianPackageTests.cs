using SernetStream.Packaging.Tests.Arm;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>What the packages hold, as far as it can be seen without installing them (packaging/check/deb-check.sh does that).</summary>
[Collection(DebianCollection.Name)]
public sealed class DebianPackageTests(DebianPackages packages)
{
    private const int X64 = 0x3E;
    private const int AArch64 = 0xB7;

    [NeedsTheory("dpkg-deb")]
    [InlineData(DebianPackages.Amd64, "linux-x64", X64)]
    [InlineData(DebianPackages.Arm64, "linux-arm64", AArch64)]
    public async Task A_package_holds_the_program_and_the_native_library_of_its_processor_alone(
        string architecture, string runtime, int machine)
    {
        var files = (await packages.FilesAsync(architecture)).ToDictionary(file => file.Path);
        string[] expected =
        [
            "./etc/sernetd/sernetd.yaml", "./usr/bin/sernetd", "./usr/lib/sernetd/sernetd.dll",
            "./usr/lib/sernetd/sernetd.runtimeconfig.json", $"./usr/lib/sernetd/runtimes/{runtime}/native/libonnxruntime.so",
            "./usr/lib/systemd/system/sernetd.service", "./usr/share/man/man1/sernetd.1.gz",
            "./usr/share/bash-completion/completions/sernetd", "./usr/share/doc/sernetd/copyright",
            "./usr/share/doc/sernetd/README.Debian", "./usr/share/doc/sernetd/raspberry-pi.md", "./usr/share/doc/sernetd/privacy.md",
            "./usr/share/doc/sernetd/security.md", "./usr/share/sernetd/sernetd.schema.json",
        ];
        Assert.Subset(files.Keys.ToHashSet(), expected.ToHashSet());
        Assert.All(files.Values, file => Assert.Equal("root/root", file.Owner));
        Assert.All(files.Values, file => Assert.Equal(file.Path == "./usr/bin/sernetd" ? "-rwxr-xr-x" : "-rw-r--r--", file.Mode));

        var native = Assert.Single(files.Keys, path => path.Contains(".so", StringComparison.Ordinal));
        Assert.Equal(machine, ElfVersions.Machine(Path.Combine(packages.TreeOf(architecture), native)));
        Assert.Equal(architecture, await packages.FieldAsync(architecture, "Architecture"));
        Assert.Equal("/etc/sernetd/sernetd.yaml", await DebianPackages.CheckedAsync("dpkg-deb", "-I", packages.PathOf(architecture), "conffiles"));
    }

    [NeedsFact("dpkg-deb")]
    public async Task Every_plugin_of_the_source_is_in_the_package()
    {
        var folder = Repository.PathOf("plugins");
        var plugins = Directory.Exists(folder)
            ? Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension)
            : [];
        var files = (await packages.FilesAsync(DebianPackages.Arm64)).Select(file => file.Path).ToHashSet();
        Assert.All(plugins, plugin => Assert.Contains($"./usr/lib/sernetd/plugins/{plugin}/{plugin}.dll", files));
        Assert.True(Directory.Exists(Path.Combine(packages.TreeOf(DebianPackages.Arm64), "usr/lib/sernetd/plugins")));
    }

    [NeedsFact("lintian")]
    public async Task Lintian_finds_no_error()
    {
        var result = await ChildProcess.RunAsync(
            "lintian",
            ["--allow-root", "--fail-on", "error", "-L", ">=warning", packages.PathOf(DebianPackages.Amd64), packages.PathOf(DebianPackages.Arm64)],
            patience: TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.DoesNotContain("E: ", result.Output, StringComparison.Ordinal);
    }

    [NeedsFact("dpkg-deb")]
    public async Task The_same_source_gives_the_same_bytes()
    {
        using var again = new TemporaryFolder();
        await DebianPackages.BuildAsync(again.FullPath);
        foreach (var first in new[] { packages.PathOf(DebianPackages.Amd64), packages.PathOf(DebianPackages.Arm64) })
        {
            var second = again.PathOf(Path.GetFileName(first));
            foreach (var part in new[] { "--fsys-tarfile", "--ctrl-tarfile" })
            {
                Assert.Equal(await HashAsync(part, first), await HashAsync(part, second));
            }
        }

        static Task<string> HashAsync(string part, string package) =>
            DebianPackages.CheckedAsync("sh", "-c", $"dpkg-deb {part} '{package}' | sha256sum");
    }

    [NeedsFact("dpkg-deb")]
    public async Task The_unpacked_program_runs_by_its_launcher()
    {
        var launcher = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/bin/sernetd");
        if (System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64)
        {
            launcher = Path.Combine(packages.TreeOf(DebianPackages.Arm64), "usr/bin/sernetd");
        }

        var verified = await DebianPackages.CheckedAsync(launcher, "models", "verify", "light-sernet-emodb-int8");
        Assert.Contains("runs", verified, StringComparison.Ordinal);
        var json = await DebianPackages.CheckedAsync(launcher, "classify", "--format", "json", Repository.PathOf("samples", "spoken.flac"));
        Assert.Contains("\"emotion\":", json, StringComparison.Ordinal);
    }

    [NeedsFact("dpkg-deb")]
    public async Task Without_the_runtime_the_launcher_says_where_to_get_it()
    {
        // A system on which nothing is but the tools that the launcher itself needs.
        using var system = new TemporaryFolder();
        var bin = Directory.CreateDirectory(system.PathOf("bin")).FullName;
        foreach (var tool in new[] { "sh", "dirname", "readlink" })
        {
            File.CreateSymbolicLink(Path.Combine(bin, tool), $"/usr/bin/{tool}");
        }

        // Its places for a runtime are those of the whole system; here they are a folder that is empty.
        var launcher = (await File.ReadAllTextAsync(Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/bin/sernetd")))
            .Replace("/usr/lib/dotnet /usr/share/dotnet /usr/local/share/dotnet /opt/dotnet", system.PathOf("nothing"), StringComparison.Ordinal)
            .Replace("/etc/dotnet/install_location", system.PathOf("nothing"), StringComparison.Ordinal);
        var result = await ChildProcess.RunAsync(
            "/usr/bin/env", ["-i", $"PATH={bin}", "sh", system.Write("sernetd", launcher), "devices"]);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("sernetd: the ASP.NET Core Runtime 10 is not on this machine;", result.Errors, StringComparison.Ordinal);
        Assert.Contains("aspnetcore-runtime-10.0", result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Split('\n'));
    }

    [NeedsFact("systemd-analyze")]
    public async Task The_service_is_right_and_shut_in()
    {
        var unit = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/lib/systemd/system/sernetd.service");

        // Under the name of a program that is here, or it would be missed.
        using var folder = new TemporaryFolder();
        var runnable = folder.Write("sernetd.service", (await File.ReadAllTextAsync(unit))
            .Replace("/usr/bin/sernetd run", "/usr/bin/true run", StringComparison.Ordinal)
            .Replace("Documentation=man:sernetd(1)\n", "", StringComparison.Ordinal));
        Assert.Equal("", await DebianPackages.CheckedAsync("systemd-analyze", "verify", "--man=no", runnable));

        // The threshold counts tenths: 3.0.
        var exposure = await DebianPackages.CheckedAsync(
            "systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", unit);
        Assert.Contains("Overall exposure level", exposure, StringComparison.Ordinal);
    }

    [NeedsFact("man")]
    public async Task The_manual_is_flawless_for_man()
    {
        var page = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/share/man/man1/sernetd.1.gz");
        var result = await ChildProcess.RunAsync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], new Dictionary<string, string> { ["MANWIDTH"] = "80" });
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    [NeedsTheory("bash", "dpkg-deb")]
    [InlineData("sernetd class", "classify")]
    [InlineData("sernetd models ver", "verify")]
    [InlineData("sernetd models verify light-sernet-emodb-f", "light-sernet-emodb-fp32")]
    [InlineData("sernetd --output j", "json")]
    [InlineData("sernetd --node run --outp", "--output")]
    [InlineData("sernetd run --gate en", "energy")]
    [InlineData("sernetd classify --format c", "csv")]
    [InlineData("sernetd config pri", "print")]
    public async Task Bash_completes(string typed, string completed)
    {
        var script = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/share/bash-completion/completions/sernetd");
        var words = typed.Split(' ');
        var said = await DebianPackages.CheckedAsync(
            "bash", "-c", $"source '{script}'; COMP_WORDS=({typed}); COMP_CWORD={words.Length - 1}; _sernetd; echo \"${{COMPREPLY[*]}}\"");
        Assert.Equal(completed, said);
    }
}
