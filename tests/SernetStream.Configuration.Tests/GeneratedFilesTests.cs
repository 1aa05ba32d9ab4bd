using System.Reflection;
using SernetStream.Configuration.Reference;
using SernetStream.Testing;

namespace SernetStream.Configuration.Tests;

/// <summary>The files generated from the settings are current; <c>make generate</c> writes them.</summary>
public class GeneratedFilesTests
{
    [Fact]
    public void The_configuration_file() => AssertCurrent(ConfigurationTemplate.Write, "configs", "sernetd.yaml");

    [Fact]
    public void The_schema() => AssertCurrent(ConfigurationSchema.Write, "configs", "sernetd.schema.json");

    [Fact]
    public void The_reference() => AssertCurrent(ConfigurationReference.Write, "docs", "user", "configuration.md");

    [Fact]
    public void Every_setting_is_in_the_list_of_all() => Assert.Equal(
        typeof(Settings).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<Setting>()
            .Select(setting => setting.Key).Order(StringComparer.Ordinal),
        Settings.All.Select(setting => setting.Key).Order(StringComparer.Ordinal));

    [Fact]
    public void The_configuration_file_as_it_is_means_every_default()
    {
        var values = SettingsLoader.Load(
            new CommandLineSettings(Repository.PathOf("configs", "sernetd.yaml"), [], []), new Dictionary<string, string>());
        Assert.All(Settings.All, setting => Assert.Null(values.OriginOf(setting)));
    }

    [Fact]
    public void The_configuration_file_with_every_line_taken_in_means_every_default()
    {
        using var folder = new TemporaryFolder();
        var file = folder.PathOf("sernetd.yaml");
        var lines = File.ReadAllLines(Repository.PathOf("configs", "sernetd.yaml"));
        // "#name: default" is a setting, "# Words" is a comment.
        File.WriteAllLines(file, lines.Select(line => line.TrimStart() is ['#', not ' ', ..] && line.Contains(':', StringComparison.Ordinal)
            ? line.Replace("#", "", StringComparison.Ordinal)
            : line));

        var values = SettingsLoader.Load(new CommandLineSettings(file, [], []), new Dictionary<string, string>());

        Assert.All(Settings.All, setting => Assert.NotNull(values.OriginOf(setting)));
        Assert.All(Settings.All, setting => Assert.Equal(setting.DefaultText, values.TextOf(setting)));
    }

    private static void AssertCurrent(Action<TextWriter> write, params string[] path)
    {
        using var output = new StringWriter();
        write(output);
        Assert.Equal(output.ToString(), File.ReadAllText(Repository.PathOf(path)));
    }
}
