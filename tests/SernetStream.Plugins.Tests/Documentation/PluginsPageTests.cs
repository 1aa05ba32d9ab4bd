using System.Text.RegularExpressions;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Documentation;

/// <summary>Follows docs/user/plugins.md with the page's own commands and files.</summary>
public sealed partial class PluginsPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_first_plugin_runs_when_the_page_is_followed_to_the_letter()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "user", "plugins.md"));
        var section = page[page.IndexOf("## Your first plugin", StringComparison.Ordinal)..page.IndexOf("## The contract", StringComparison.Ordinal)];
        var script = string.Concat(Block().Matches(section).Select(Step));

        // Replace the paths that a reader has to fill in.
        script = Regex.Replace(script, "(?m)^SERNETD=.*$", $"SERNETD={Path.GetDirectoryName(Repository.Daemon)}");
        script = Regex.Replace(script, "(?m)^PACKAGES=.*$", $"PACKAGES={await LocalPackages.PackAsync(_folder, "SernetStream.Abstractions")}");
        script = Regex.Replace(script, "(?m)^RECORDING=.*$", $"RECORDING={Repository.PathOf("samples", "spoken.flac")}");
        var result = await ChildProcess.RunAsync(
            "bash",
            ["-c", $"set -eu\ncd {_folder.FullPath}\n{script}"],
            LocalPackages.Environment(_folder),
            TimeSpan.FromMinutes(5));

        Assert.True(result.ExitCode == 0, $"{result.Output}\n{result.Errors}");
        Assert.Contains("The configuration can be used.", result.Output, StringComparison.Ordinal);
        Assert.Contains("sernetd: Diary: writing to diary.txt", result.Errors, StringComparison.Ordinal);
        var diary = await File.ReadAllTextAsync(_folder.PathOf("diary.txt"));
        Assert.Contains("kitchen: ", diary, StringComparison.Ordinal);
        Assert.EndsWith(diary.TrimEnd(), result.Output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_plugin_of_the_page_is_the_sample()
    {
        var files = Block().Matches(File.ReadAllText(Repository.PathOf("docs", "user", "plugins.md")))
            .Where(block => block.Groups["file"].Success)
            .ToDictionary(block => block.Groups["file"].Value, block => block.Groups["text"].Value);

        Assert.Equal(["Diary.csproj", "DiaryPlugin.cs", "diary.yaml"], files.Keys);
        Assert.All(files, file => Assert.Equal(
            File.ReadAllText(Repository.PathOf("samples", "plugins", "Diary", file.Key)), file.Value));
    }

    [Fact]
    public void Every_example_of_a_section_is_a_section_of_that_plugin()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "user", "plugins.md"));
        foreach (var name in (string[])["Wyoming", "OpenVoiceOS", "Hermes", "Exec", "Webhook"])
        {
            Assert.Contains($"## {name}\n\n```yaml\nplugins:\n  {name}:\n", page, StringComparison.Ordinal);
            Assert.True(File.Exists(Repository.PathOf("configs", $"{name.ToLowerInvariant()}.yaml")), name);
        }
    }

    [Fact]
    public async Task Every_example_can_be_used()
    {
        // Write the secret files of the examples into the test's folder.
        _folder.Write("webhook.key", "key");
        _folder.Write("webhook.authorization", "Bearer 123");
        _folder.Write("rhasspy.password", "secret");
        var page = (await File.ReadAllTextAsync(Repository.PathOf("docs", "user", "plugins.md")))
            .Replace("/etc/sernetd/", _folder.FullPath + "/", StringComparison.Ordinal);
        var files = Block().Matches(page)
            .Where(block => block.Groups["language"].Value == "yaml" && !block.Groups["text"].Value.Contains("Diary", StringComparison.Ordinal))
            .Select((block, index) => _folder.Write($"{index}.yaml", block.Groups["text"].Value))
            .Concat(((string[])["wyoming", "openvoiceos", "hermes", "exec", "webhook"]).Select(name => Repository.PathOf("configs", $"{name}.yaml")))
            .ToList();
        Assert.Equal(11, files.Count);
        foreach (var file in files)
        {
            var result = await ChildProcess.RunAsync("dotnet", [Repository.Daemon, "config", "check", file]);
            Assert.True(result.ExitCode == 0, $"{await File.ReadAllTextAsync(file)}\n{result.Errors}");
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string Step(Match block) => block switch
    {
        _ when block.Groups["file"].Success =>
            $"cat > {block.Groups["file"].Value} <<'END-OF-FILE'\n{block.Groups["text"].Value}END-OF-FILE\n",
        _ when block.Groups["language"].Value == "sh" => block.Groups["text"].Value,
        _ => throw new InvalidOperationException($"Nobody knows what a reader does with this:\n{block.Value}"),
    };

    /// <summary>A fenced block. A line with only a file name before it makes it the content of that file.</summary>
    [GeneratedRegex(@"(?:^`(?<file>[\w.]+)`:\n\n)?^```(?<language>\w+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
