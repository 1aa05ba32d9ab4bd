using SernetStream.Cluster.Operating;
using SernetStream.Manual;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>The silo's manual and completion are made from its commands, so they contain all of them.</summary>
public sealed class ManualTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_and_option_is_told()
    {
        var root = ClusterCommand.Create((_, _) => Task.FromResult(0));
        var page = Print(output => ManualCommands.WriteManual(root, output)).Replace("\\-", "-", StringComparison.Ordinal);
        var script = Print(output => ManualCommands.WriteCompletion(root, output));
        var commands = CommandTree.Walk(root, ManualCommands.Typed).ToList();
        Assert.InRange(commands.Count, 8, 100);
        Assert.All(commands, command => Assert.Contains(command.Path, page, StringComparison.Ordinal));
        Assert.All(CommandTree.Walk(root, ManualCommands.Program), command => Assert.Contains($"'{command.Path}')", script, StringComparison.Ordinal));
        var options = commands.SelectMany(command => CommandTree.OptionsOf(command.Command)).Select(option => option.Name).Distinct();
        Assert.All(options, option => Assert.Contains(option, page, StringComparison.Ordinal));
        Assert.All(options, option => Assert.Contains(option, script, StringComparison.Ordinal));
    }

    [NeedsFact("man")]
    public async Task The_manual_is_flawless_for_man()
    {
        var page = _folder.Write("sernetd-cluster.1", Print(output => ManualCommands.WriteManual(ClusterCommand.Create((_, _) => Task.FromResult(0)), output)));
        var result = await ChildProcess.RunAsync(
            "man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], new Dictionary<string, string> { ["MANWIDTH"] = "80" });
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    [NeedsTheory("bash")]
    [InlineData("sernet-cluster dr", "drain")]
    [InlineData("sernet-cluster --secr", "--secret-file")]
    [InlineData("sernet-cluster status --to", "--token-file")]
    public async Task Bash_completes(string typed, string completed)
    {
        var script = _folder.Write(
            "completion", Print(output => ManualCommands.WriteCompletion(ClusterCommand.Create((_, _) => Task.FromResult(0)), output)));
        var result = await ChildProcess.RunAsync(
            "bash",
            ["-c", $"source '{script}'; COMP_WORDS=({typed}); COMP_CWORD={typed.Split(' ').Length - 1}; _sernet_cluster; echo \"${{COMPREPLY[*]}}\""]);
        Assert.Equal((completed, ""), (result.Output.Trim(), result.Errors));
    }

    private static string Print(Action<TextWriter> write)
    {
        using var output = new StringWriter();
        write(output);
        return output.ToString();
    }
}
