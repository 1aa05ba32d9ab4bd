using System.Runtime.InteropServices;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>The archive for systems that are not Debian.</summary>
[Collection(DebianCollection.Name)]
public sealed class TarballTests(DebianPackages packages) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("tar", "gzip", "clang")]
    public async Task It_runs_from_wherever_it_is_unpacked_and_where_it_is_installed()
    {
        await packages.PackAsync("tarball", _folder.FullPath);
        var here = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        foreach (var runtime in new[] { "linux-x64", "linux-arm64" })
        {
            var archive = Directory.GetFiles(_folder.FullPath, $"sernetd-*-{runtime}.tar.gz")
                .Single(path => char.IsAsciiDigit(Path.GetFileName(path)["sernetd-".Length]));
            await DebianPackages.CheckedAsync("tar", "-xzf", archive, "-C", _folder.FullPath);
            var tree = archive[..^".tar.gz".Length];
            Assert.Single(Directory.GetFiles(tree, "*.so", SearchOption.AllDirectories));
            Assert.True(File.Exists(Path.Combine(tree, "INSTALL")) && File.Exists(Path.Combine(tree, "LICENSE")));
            Assert.True(File.Exists(Path.Combine(tree, "etc", "sernetd.yaml")));
            if (runtime == here)
            {
                await VerifyAsync(Path.Combine(tree, "bin", "sernetd"));
                await InstallAsync(tree);
            }
        }
    }

    private static async Task VerifyAsync(string program)
    {
        var said = await DebianPackages.CheckedAsync(program, "models", "verify", "light-sernet-emodb-int8");
        Assert.Contains("runs", said, StringComparison.Ordinal);
    }

    private async Task InstallAsync(string tree)
    {
        var (installer, prefix) = (Path.Combine(tree, "install.sh"), _folder.PathOf("prefix"));
        await DebianPackages.CheckedAsync(installer, "--prefix", prefix, "--no-service");
        Directory.CreateDirectory(Path.Combine(prefix, "lib", "sernetd", "plugins", "Mine"));
        await DebianPackages.CheckedAsync(installer, "--prefix", prefix, "--no-service");
        Assert.True(Directory.Exists(Path.Combine(prefix, "lib", "sernetd", "plugins", "Mine")));
        await VerifyAsync(Path.Combine(prefix, "bin", "sernetd"));
        await DebianPackages.CheckedAsync(installer, "--uninstall", "--prefix", prefix);
        Assert.Empty(Directory.GetFiles(prefix, "sernetd*", SearchOption.AllDirectories));
    }
}
