using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>The archive for systems that are not Debian.</summary>
public sealed class TarballTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("tar", "gzip")]
    public async Task It_runs_from_wherever_it_is_unpacked()
    {
        await DebianPackages.CheckedAsync(
            Repository.PathOf("packaging", "package.sh"),
            "tarball", "--out", _folder.FullPath, "--configuration", DebianPackages.Configuration, "--fast", "yes");
        foreach (var runtime in new[] { "linux-x64", "linux-arm64" })
        {
            var archive = Directory.GetFiles(_folder.FullPath, $"sernetd-*-{runtime}.tar.gz").Single();
            await DebianPackages.CheckedAsync("tar", "-xzf", archive, "-C", _folder.FullPath);
            var tree = archive[..^".tar.gz".Length];
            var native = Assert.Single(Directory.GetFiles(tree, "*.so", SearchOption.AllDirectories));
            Assert.Contains(runtime, native, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(tree, "INSTALL")) && File.Exists(Path.Combine(tree, "LICENSE")));
            Assert.True(File.Exists(Path.Combine(tree, "etc", "sernetd.yaml")));
            if (runtime.EndsWith(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                var said = await DebianPackages.CheckedAsync(
                    Path.Combine(tree, "bin", "sernetd"), "models", "verify", "light-sernet-emodb-int8");
                Assert.Contains("runs", said, StringComparison.Ordinal);
            }
        }
    }
}
