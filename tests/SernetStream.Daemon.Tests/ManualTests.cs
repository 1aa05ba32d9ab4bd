using SernetStream.Configuration;
using SernetStream.Daemon.Commands;
using SernetStream.Manual;

namespace SernetStream.Daemon.Tests;

/// <summary>The manual and the shell completion are generated from the commands, so they contain all of them.</summary>
public class ManualTests
{
    private static readonly string Page = Print(output => ManualPage.Write(CommandLine.Create(), output)).Replace("\\-", "-", StringComparison.Ordinal);
    private static readonly string Script = Print(output => BashCompletion.Write(CommandLine.Create(), output));

    [Fact]
    public void Every_command_and_option_is_told()
    {
        var commands = CommandTree.Walk(CommandLine.Create()).ToList();
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

    [Theory]
    [InlineData(".TH begins a line", "\\&.TH begins a line")]
    [InlineData("'quoted'", "\\&'quoted'")]
    [InlineData("a\\b", "a\\eb")]
    [InlineData("--set \"x\"", "\\-\\-set \\(dqx\\(dq")]
    public void Text_cannot_become_a_macro(string text, string escaped) =>
        Assert.Equal(escaped + "\n", Print(output => new Roff(output).Text(text)));

    private static string Print(Action<TextWriter> write)
    {
        using var output = new StringWriter();
        write(output);
        return output.ToString();
    }
}
