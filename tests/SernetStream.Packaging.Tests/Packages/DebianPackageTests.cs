using System.Text.Json;
using System.Text.Json.Nodes;
using SernetStream.Packaging.Tests.Arm;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>The packages' content without installing them; packaging/check/deb-check.sh installs them.</summary>
[Collection(DebianCollection.Name)]
public sealed class DebianPackageTests(DebianPackages packages)
{
    private const int X64 = 0x3E;
    private const int AArch64 = 0xB7;

    private const int MaxMegabytes = 70;

    [NeedsTheory("dpkg-deb", "clang")]
    [InlineData(DebianPackages.Amd64, X64)]
    [InlineData(DebianPackages.Arm64, AArch64)]
    public async Task A_package_holds_native_code_of_its_processor_and_no_assembly(string architecture, int machine)
    {
        var files = (await packages.FilesAsync(architecture)).ToDictionary(file => file.Path);
        string[] expected =
        [
            "./etc/sernetd/sernetd.yaml", "./usr/bin/sernetd", "./usr/lib/sernetd/sernetd",
            "./usr/lib/sernetd/libonnxruntime.so",
            "./usr/lib/systemd/system/sernetd.service", "./usr/share/man/man1/sernetd.1.gz",
            "./usr/share/bash-completion/completions/sernetd", "./usr/share/doc/sernetd/copyright",
            "./usr/share/doc/sernetd/README.Debian", "./usr/share/doc/sernetd/raspberry-pi.md", "./usr/share/doc/sernetd/privacy.md",
            "./usr/share/doc/sernetd/security.md", "./usr/share/sernetd/sernetd.schema.json",
        ];
        Assert.Subset(files.Keys.ToHashSet(), expected.ToHashSet());
        Assert.All(files.Values, file => Assert.Equal("root/root", file.Owner));
        Assert.All(files.Values, file => Assert.Equal(file.Path.EndsWith("/sernetd", StringComparison.Ordinal) && !file.Path.Contains("/share/", StringComparison.Ordinal) ? "-rwxr-xr-x" : "-rw-r--r--", file.Mode));
        Assert.DoesNotContain(files.Keys, path => path.EndsWith(".dll", StringComparison.Ordinal));
        foreach (var native in (string[])["usr/lib/sernetd/sernetd", "usr/lib/sernetd/libonnxruntime.so"])
        {
            Assert.Equal(machine, ElfVersions.Machine(Path.Combine(packages.TreeOf(architecture), native)));
        }

        Assert.InRange(int.Parse(await packages.FieldAsync(architecture, "Installed-Size"), null), 1, MaxMegabytes * 1024);
        Assert.Equal(architecture, await packages.FieldAsync(architecture, "Architecture"));
        Assert.Equal("/etc/sernetd/sernetd.yaml", await DebianPackages.CheckedAsync("dpkg-deb", "-I", packages.PathOf(architecture), "conffiles"));
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task The_plugins_of_the_source_are_part_of_the_program()
    {
        foreach (var (plugin, setting) in ((string, string)[])
            [("Exec", "command.0=true"), ("Hermes", "echo=1"), ("OpenVoiceOS", "echo=1"), ("Webhook", "url=http://localhost/"), ("Wyoming", "kinds.0=final")])
        {
            var said = await DebianPackages.CheckedAsync(
                packages.Program, "config", "check", "--plugin", plugin, "--set", $"plugins.{plugin}.{setting}");
            Assert.Contains("can be used", said, StringComparison.Ordinal);
        }
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task A_plugin_of_anybody_is_loaded_by_the_packaged_host()
    {
        using var folder = new TemporaryFolder();
        PluginCompiler.Plugin(folder, "Counts", run: """
            var count = 0;
            await foreach (var e in events) count++;
            context.Log.Information($"{System.Text.Json.JsonSerializer.Serialize(new { count = count > 0 })} {typeof(Microsoft.Extensions.Logging.ILogger).Name}");
            """);
        var result = await RunAsync("--output", "none", "--set", $"plugin_directory={folder.FullPath}", "--plugin", "Counts");
        Assert.Contains("Counts: {\"count\":true} ILogger", result.Errors, StringComparison.Ordinal);
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task The_native_program_hears_what_the_assemblies_hear_on_vectors_of_every_width()
    {
        var native = Events(await RunAsync("--output", "json")).ToList();
        Assert.NotEmpty(native);
        // Where there are no vectors at all, which is no processor of today, ONNX Runtime computes the network.
        foreach (var width in Enum.GetValues<VectorWidth>().Where(width => width != VectorWidth.Scalar))
        {
            var assemblies = await ChildProcess.RunAsync(
                "dotnet", [Repository.Daemon, .. Recording, "--output", "json"], VectorWidths.Switches(width), TimeSpan.FromMinutes(5));
            Assert.Equal(native, Events(assemblies));
        }
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task Beside_each_package_lies_what_it_is_made_of()
    {
        foreach (var package in (string[])["sernetd", "sernetd-plugin-host", "sernetd-cluster"])
        {
            foreach (var architecture in new[] { DebianPackages.Amd64, DebianPackages.Arm64 })
            {
                var bill = JsonDocument.Parse(await File.ReadAllTextAsync(packages.BillOf(package, architecture))).RootElement;
                Assert.Equal("CycloneDX", bill.GetProperty("bomFormat").GetString());
                var names = bill.GetProperty("components").EnumerateArray().Select(part => part.GetProperty("name").GetString()).ToList();
                Assert.Contains(names, name => name!.Contains(package == "sernetd" ? "Microsoft.ML.OnnxRuntime" : "Microsoft.NETCore.App.Runtime", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>If the compiler's server processes kept the lock after a build, the next build would wait for them.</summary>
    [NeedsFact("flock", "dpkg-deb", "clang")]
    public Task A_build_leaves_no_lock_behind() =>
        DebianPackages.CheckedAsync("flock", "-w", "300", Repository.PathOf("artifacts", "native", ".lock"), "true");

    [NeedsFact("lintian", "clang")]
    public async Task Lintian_finds_no_error()
    {
        var result = await ChildProcess.RunAsync(
            "lintian",
            ["--allow-root", "--fail-on", "error", "-L", ">=warning", packages.PathOf(DebianPackages.Amd64), packages.PathOf(DebianPackages.Arm64),
                packages.PathOf(DebianPackages.Amd64, "sernetd-cluster"), packages.PathOf(DebianPackages.Arm64, "sernetd-cluster")],
            patience: TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.DoesNotContain("E: ", result.Output, StringComparison.Ordinal);
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task The_same_build_is_packed_to_the_same_bytes()
    {
        using var again = new TemporaryFolder();
        await packages.PackAsync("deb", again.FullPath);
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

    [NeedsFact("dpkg-deb", "clang")]
    public async Task The_unpacked_program_runs_by_its_launcher()
    {
        var launcher = packages.Program;
        var verified = await DebianPackages.CheckedAsync(launcher, "models", "verify", "light-sernet-emodb-int8");
        Assert.Contains("runs", verified, StringComparison.Ordinal);
        var json = await DebianPackages.CheckedAsync(launcher, "classify", "--format", "json", Repository.PathOf("samples", "spoken.flac"));
        Assert.Contains("\"emotion\":", json, StringComparison.Ordinal);
    }

    /// <summary>ONNX Runtime would send telemetry; only a variable in the process's own environment stops it.</summary>
    [NeedsFact("strace", "dpkg-deb", "clang")]
    public async Task The_native_program_reports_to_nobody()
    {
        using var home = new TemporaryFolder();
        using var traces = new TemporaryFolder();
        var traceFile = traces.PathOf("trace");
        // Not through its launcher, which sets the variable too.
        var program = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/lib/sernetd/sernetd");
        var result = await ChildProcess.RunAsync(
            "strace",
            // A model that ONNX Runtime computes.
            [.. SystemCallTrace.Arguments(traceFile), program, "classify", "--model", "light-sernet-emodb-fp32", Repository.PathOf("samples", "spoken.flac")],
            new Dictionary<string, string>
            {
                ["HOME"] = home.FullPath,
                ["TMPDIR"] = home.FullPath,
                ["XDG_CACHE_HOME"] = "",
                ["ORT_DISABLE_TELEMETRY"] = "",
            },
            TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Errors);

        var trace = SystemCallTrace.Load(traceFile);
        Assert.Contains(trace.OnlyRead, path => path.EndsWith("libonnxruntime.so", StringComparison.Ordinal));
        Assert.Empty(trace.Peers);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home.FullPath));
    }

    [NeedsFact("systemd-analyze", "clang")]
    public async Task The_service_is_right_and_shut_in()
    {
        var unit = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/lib/systemd/system/sernetd.service");

        // systemd-analyze needs an existing program, so name one.
        using var folder = new TemporaryFolder();
        var runnable = folder.Write("sernetd.service", (await File.ReadAllTextAsync(unit))
            .Replace("/usr/bin/sernetd run", "/usr/bin/true run", StringComparison.Ordinal)
            .Replace("Documentation=man:sernetd(1)\n", "", StringComparison.Ordinal));
        Assert.Equal("", await DebianPackages.CheckedAsync("systemd-analyze", "verify", "--man=no", runnable));

        // The threshold is in tenths: 30 means 3.0.
        var exposure = await DebianPackages.CheckedAsync(
            "systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", unit);
        Assert.Contains("Overall exposure level", exposure, StringComparison.Ordinal);
    }

    [NeedsTheory("man", "clang")]
    [InlineData("sernetd.1.gz")]
    [InlineData("sernetd-cluster.1.gz")]
    public async Task The_manual_is_flawless_for_man(string name)
    {
        var page = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/share/man/man1", name);
        var result = await ChildProcess.RunAsync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], new Dictionary<string, string> { ["MANWIDTH"] = "80" });
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    [NeedsTheory("bash", "dpkg-deb", "clang")]
    [InlineData("sernetd class", "classify")]
    [InlineData("sernetd models ver", "verify")]
    [InlineData("sernetd models verify light-sernet-emodb-f", "light-sernet-emodb-fp32")]
    [InlineData("sernetd --output j", "json")]
    [InlineData("sernetd --node run --outp", "--output")]
    [InlineData("sernetd run --gate en", "energy")]
    [InlineData("sernetd classify --format c", "csv")]
    [InlineData("sernetd config pri", "print")]
    [InlineData("sernetd clus", "cluster")]
    [InlineData("sernetd cluster dr", "drain")]
    [InlineData("sernetd cluster --secr", "--secret-file")]
    [InlineData("sernetd cluster drain attic --und", "--undo")]
    public async Task Bash_completes(string typed, string completed)
    {
        var script = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/share/bash-completion/completions/sernetd");
        var words = typed.Split(' ');
        var said = await DebianPackages.CheckedAsync(
            "bash", "-c", $"source '{script}'; COMP_WORDS=({typed}); COMP_CWORD={words.Length - 1}; _sernetd; echo \"${{COMPREPLY[*]}}\"");
        Assert.Equal(completed, said);
    }

    private static string[] Recording { get; } =
        ["--device", $"file:{Repository.PathOf("samples", "spoken.flac")}", "--speed", "max"];

    private async Task<ChildResult> RunAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(packages.Program, [.. Recording, .. arguments], patience: TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Errors);
        return result;
    }

    /// <summary>The events without the fields that depend on the machine's clock.</summary>
    private static IEnumerable<string> Events(ChildResult result)
    {
        foreach (var line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var said = JsonNode.Parse(line)!.AsObject();
            Assert.True(said.Remove("time") && said.Remove("latencyMs"));
            yield return said.ToJsonString();
        }
    }
}
