using SernetStream.Configuration;
using SernetStream.Daemon.Commands;
using SernetStream.Manual;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>The manual and the shell completion are generated from the commands, so they contain all of them.</summary>
public class ManualTests
{
    private static readonly string Page = Print(output => ManualPage.Write(CommandLine.Create(), output)).Replace("\\-", "-", StringComparison.Ordinal);
    private static readonly string Script = Print(output => BashCompletion.Write(CommandLine.Create(), "sernetd", output, (ClusterCommand.Name, ClusterCommand.Program)));

    [Fact]
    public void Every_command_and_option_is_told()
    {
        var commands = CommandTree.Walk(CommandLine.Create(), "sernetd").ToList();
        Assert.InRange(commands.Count, 10, 100);
        foreach (var (path, command) in commands)
        {
            Assert.Contains(path, Page, StringComparison.Ordinal);
            Assert.Contains($"'{path}')", Script, StringComparison.Ordinal);
            Assert.All(CommandTree.OptionsOf(command), option => Assert.Contains(option.Name, Page, StringComparison.Ordinal));
            Assert.All(CommandTree.OptionsOf(command), option => Assert.Contains(option.Name, Script, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_setting_is_told_with_its_default()
    {
        foreach (var setting in Settings.All)
        {
            Assert.Contains($"\\fB{setting.Key}\\fR", Page, StringComparison.Ordinal);
            Assert.Contains(setting.DefaultText, Page, StringComparison.Ordinal);
        }

        Assert.All(Settings.All.OfType<SecretSetting>(), secret => Assert.Contains(secret.SecretVariable, Page, StringComparison.Ordinal));
    }

    [NeedsTheory("bash")]
    [InlineData("sernetd cluster dr", "sernet-cluster dr 1")]
    [InlineData("sernetd cluster drain --at ho", "sernet-cluster drain --at ho 3")]
    [InlineData("sernetd clus", "cluster")]
    [InlineData("sernetd config pri", "print")]
    public async Task Bash_completes_what_becomes_another_program_as_that_program_does(string typed, string completed)
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("sernetd", Script);
        folder.Write("sernet-cluster", "_sernet_cluster() { COMPREPLY=(\"${COMP_WORDS[*]} $COMP_CWORD\"); }\n");
        Assert.Equal(completed, await CompleteAsync(script, typed));
    }

    [NeedsFact("bash")]
    public async Task Bash_proposes_nothing_for_a_program_that_is_not_installed()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("", await CompleteAsync(folder.Write("sernetd", Script), "sernetd cluster dr"));
    }

    [Theory]
    [InlineData(".TH begins a line", "\\&.TH begins a line")]
    [InlineData("'quoted'", "\\&'quoted'")]
    [InlineData("a\\b", "a\\eb")]
    [InlineData("--set \"x\"", "\\-\\-set \\(dqx\\(dq")]
    public void Text_cannot_become_a_macro(string text, string escaped) =>
        Assert.Equal(escaped + "\n", Print(output => new Roff(output).Text(text)));

    private static async Task<string> CompleteAsync(string script, string typed)
    {
        var result = await ChildProcess.RunAsync(
            "bash",
            ["-c", $"source '{script}'; COMP_WORDS=({typed}); COMP_CWORD={typed.Split(' ').Length - 1}; _sernetd; echo \"${{COMPREPLY[*]}}\""]);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        return result.Output.Trim();
    }

    private static string Print(Action<TextWriter> write)
    {
        using var output = new StringWriter();
        write(output);
        return output.ToString();
    }
}
