using SernetStream.Packaging.Tests.Arm;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>The package sernetd-cluster without installing it; packaging/check/deb-check.sh installs it.</summary>
[Collection(DebianCollection.Name)]
public sealed class ClusterPackageTests(DebianPackages packages)
{
    private const string Package = "sernetd-cluster";
    private const int MaxMegabytes = 160;

    [NeedsTheory("dpkg-deb", "clang")]
    [InlineData(DebianPackages.Amd64, 0x3E)]
    [InlineData(DebianPackages.Arm64, 0xB7)]
    public async Task It_holds_a_silo_of_its_processor_and_shares_the_library_of_sernetd(string architecture, int machine)
    {
        var files = (await packages.FilesAsync(architecture, Package)).ToDictionary(file => file.Path);
        string[] expected =
        [
            "./etc/sernetd/cluster/rooms.json", "./etc/sernetd/cluster/silo-1.env", "./usr/lib/sernetd/cluster/sernet-cluster",
            "./usr/lib/systemd/system/sernet-silo@.service", "./usr/share/doc/sernetd-cluster/README.Debian",
            "./usr/share/doc/sernetd-cluster/cluster.md", "./usr/share/doc/sernetd-cluster/examples/redis.conf",
            "./usr/lib/sernetd/cluster/libonnxruntime.so -> ../libonnxruntime.so", "./usr/share/man/man1/sernetd-cluster.1.gz",
            "./usr/share/man/man1/sernet-cluster.1.gz -> sernetd-cluster.1.gz", "./usr/share/bash-completion/completions/sernet-cluster",
        ];
        Assert.Subset(files.Keys.ToHashSet(), expected.ToHashSet());
        Assert.All(files.Values, file => Assert.Equal("root/root", file.Owner));
        var programs = files.Values.Where(file => file.Mode.StartsWith('-') && file.Mode.Contains('x', StringComparison.Ordinal)).Select(file => file.Path);
        Assert.Equal(["./usr/lib/sernetd/cluster/sernet-cluster"], programs);
        Assert.Equal(machine, ElfVersions.Machine(Path.Combine(packages.TreeOf(architecture), "usr/lib/sernetd/cluster/sernet-cluster")));
        Assert.InRange(int.Parse(await packages.FieldAsync(architecture, "Installed-Size", Package), null), 1, MaxMegabytes * 1024);
        Assert.Contains(
            $"sernetd (= {await packages.FieldAsync(architecture, "Version")})", await packages.FieldAsync(architecture, "Depends", Package), StringComparison.Ordinal);
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task Its_folder_of_secrets_is_for_root_alone()
    {
        var list = await DebianPackages.CheckedAsync("dpkg-deb", "-c", packages.PathOf(DebianPackages.Amd64, Package));
        Assert.Contains(list.Split('\n'), line => line.StartsWith("drwx------ root/root", StringComparison.Ordinal) && line.EndsWith(" ./etc/sernetd/cluster/", StringComparison.Ordinal));
    }

    [NeedsFact("dpkg-deb", "clang")]
    public async Task The_packaged_daemon_becomes_the_packaged_silo()
    {
        Assert.Contains("--secret-file", await DebianPackages.CheckedAsync(packages.Program, "cluster", "--", "--help"), StringComparison.Ordinal);
        var wrong = await ChildProcess.RunAsync(packages.Program, ["cluster", "--redis", "127.0.0.1:1"], patience: TimeSpan.FromMinutes(2));
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("give it --secret-file", wrong.Errors, StringComparison.Ordinal);
    }

    [NeedsFact("systemd-analyze", "clang")]
    public async Task The_service_is_right_and_shut_in()
    {
        var unit = Path.Combine(packages.TreeOf(DebianPackages.Amd64), "usr/lib/systemd/system/sernet-silo@.service");
        using var folder = new TemporaryFolder();
        var runnable = folder.Write(
            "sernet-silo@1.service", (await File.ReadAllTextAsync(unit))
                .Replace("/usr/bin/sernetd cluster", "/usr/bin/true cluster", StringComparison.Ordinal)
                .Replace("Documentation=man:sernetd-cluster(1)\n", "", StringComparison.Ordinal));
        Assert.Equal("", await DebianPackages.CheckedAsync("systemd-analyze", "verify", "--man=no", runnable));

        // The threshold is in tenths: 30 means 3.0.
        var exposure = await DebianPackages.CheckedAsync(
            "systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", runnable);
        Assert.Contains("Overall exposure level", exposure, StringComparison.Ordinal);
    }
}
