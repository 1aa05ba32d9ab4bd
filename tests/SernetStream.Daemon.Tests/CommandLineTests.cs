using System.CommandLine;
using SernetStream.Daemon.Commands;
using SernetStream.Manual;

namespace SernetStream.Daemon.Tests;

/// <summary>A wrong command line is refused with our own sentences, not the library's.</summary>
public class CommandLineTests
{
    [Fact]
    public void Nonsense_for_an_option_that_is_no_text_is_refused_in_a_sentence()
    {
        var asked = 0;
        foreach (var (path, command) in CommandTree.Walk(CommandLine.Create(), "sernetd"))
        {
            foreach (var option in command.Options.Where(option => option.Arity.MinimumNumberOfValues > 0 && !IsText(option.ValueType)))
            {
                asked++;
                var parsed = CommandLine.Create().Parse([.. path.Split(' ')[1..], option.Name, "nonsense"]);
                var sentence = Assert.Single(CommandLineErrors.Of(parsed), error => error.Contains("nonsense", StringComparison.Ordinal));
                Assert.StartsWith($"{option.Name} is 'nonsense'; it must be ", sentence, StringComparison.Ordinal);
            }
        }

        Assert.True(asked >= 5, $"{asked} options were asked.");
    }

    [Fact]
    public void A_number_that_is_given_twice_is_refused_for_that()
    {
        var error = Assert.Single(CommandLineErrors.Of(CommandLine.Create().Parse(["bench", "--seconds", "3", "--seconds", "4"])));
        Assert.DoesNotContain("must be", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", "--model", "light-sernet-free-int8", "run")]
    [InlineData("show", "--node", "kitchen", "models", "show", "light-sernet-free-int8")]
    [InlineData("doctor", "--mqtt=broker.local", "doctor")]
    public void An_option_before_the_command_is_not_lost_in_silence(string command, params string[] words)
    {
        var error = Assert.Single(CommandLineErrors.Of(CommandLine.Create().Parse(words)));
        Assert.StartsWith($"{words[0].Split('=')[0]} stands before '{command}'", error, StringComparison.Ordinal);
        Assert.Empty(CommandLine.Create().Parse(["run", "--model", "light-sernet-free-int8"]).Errors);
    }

    [Fact]
    public void Missing_arguments_are_named()
    {
        var errors = CommandLineErrors.Of(CommandLine.Create().Parse(["rename"])).ToList();
        Assert.Equal(2, errors.Count);
        Assert.Contains("'OLD'", errors[0], StringComparison.Ordinal);
        Assert.Contains("'NEW'", errors[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/h")]
    [InlineData("/?")]
    public void A_path_is_no_request_for_help(string path)
    {
        var parsed = CommandLine.Create().Parse(["classify", path]);
        Assert.Empty(parsed.Errors);
        Assert.Equal([path], parsed.GetValue<string[]>("FILE")!);
    }

    [Fact]
    public void Nothing_for_a_path_or_a_name_is_refused_in_a_sentence()
    {
        var asked = 0;
        foreach (var (path, command) in CommandTree.Walk(CommandLine.Create(), "sernetd"))
        {
            string[] before = path.Split(' ')[1..];
            var arguments = command.Arguments.Where(argument => IsText(argument.ValueType)).ToList();
            if (arguments.Count > 0)
            {
                Refused([.. before, .. arguments.Select(_ => "")], [.. arguments.Select(argument => argument.Name)]);
            }

            foreach (var option in command.Options.Where(option => option is not SettingOption && IsText(option.ValueType)))
            {
                Refused([.. before, option.Name, " "], option.Name);
            }
        }

        Assert.True(asked >= 20, $"{asked} were asked.");

        void Refused(string[] line, params string[] names)
        {
            var errors = CommandLineErrors.Of(CommandLine.Create().Parse(line)).ToList();
            Assert.All(names, name => Assert.Contains($"{name} is empty; give it a value. Is a variable of the shell not set?", errors));
            asked += names.Length;
        }
    }

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]);
}
