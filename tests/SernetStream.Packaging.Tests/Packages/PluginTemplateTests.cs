using System.IO.Compression;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Packages;

/// <summary>The template of a plugin, as its users get it: packed, installed, used, built, and loaded by the daemon.</summary>
public sealed class PluginTemplateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_plugin_made_by_the_template_is_built_and_loaded()
    {
        var packages = await LocalPackages.PackAsync(_folder, "SernetStream.Abstractions");
        await DotnetAsync("pack", Repository.PathOf("templates"), "-c", Repository.Configuration, "-o", packages);
        var package = Assert.Single(Directory.GetFiles(packages, "SernetStream.Templates.*.nupkg"));
        using (var archive = ZipFile.OpenRead(package))
        {
            Assert.NotNull(archive.GetEntry("content/plugin/.template.config/template.json"));
            Assert.DoesNotContain(archive.Entries, entry => entry.FullName.EndsWith(".dll", StringComparison.Ordinal));
        }

        await DotnetAsync("new", "install", package);
        var mine = _folder.PathOf("Doorbell");
        await DotnetAsync("new", "sernet-plugin", "--name", "Doorbell", "--output", mine);
        Assert.Equal(
            ["Doorbell.csproj", "Plugin.cs", "Settings.cs", "sernetd.yaml"],
            Directory.GetFiles(mine, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(mine, file)).Order(StringComparer.Ordinal));
        await DotnetAsync("build", mine, "--source", packages, "-p:TreatWarningsAsErrors=true");
        Assert.False(File.Exists(Path.Combine(mine, "plugins", "Doorbell", "SernetStream.Abstractions.dll")));

        // Of the example only the folder is changed: a path is read from where the daemon is started.
        var configuration = Path.Combine(mine, "sernetd.yaml");
        var yaml = await File.ReadAllTextAsync(configuration);
        await File.WriteAllTextAsync(
            configuration, yaml.Replace("plugin_directory: plugins", $"plugin_directory: {mine}/plugins", StringComparison.Ordinal));
        var check = await DotnetAsync(Repository.Daemon, "config", "check", configuration);
        Assert.Contains("The configuration can be used.", check.Output, StringComparison.Ordinal);
        var result = await DotnetAsync(
            Repository.Daemon, "--config", configuration, "--device", $"file:{Repository.PathOf("samples", "spoken.flac")}",
            "--speed", "max", "--output", "none");
        Assert.Matches(@"sernetd: Doorbell: \w+ -> \w+", result.Errors);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<ChildResult> DotnetAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("dotnet", arguments, LocalPackages.Environment(_folder), TimeSpan.FromMinutes(5));
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        return result;
    }
}
