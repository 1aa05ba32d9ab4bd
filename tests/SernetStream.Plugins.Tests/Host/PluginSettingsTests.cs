using System.ComponentModel.DataAnnotations;
using SernetStream.PluginProtocol;
using SernetStream.Plugins.Tests.Support;

namespace SernetStream.Plugins.Tests.Host;

public class PluginSettingsTests
{
    /// <summary>The daemon's reader for its own plugins, and the plugin host's reader, which knows every type.</summary>
    public static TheoryData<string> Readers() => ["daemon", "host"];

    [Theory]
    [MemberData(nameof(Readers))]
    public void Keys_take_the_form_of_their_properties(string reader)
    {
        var settings = Bind(reader, TestServices.Section(
            "Lamp",
            ("url", "http://lamp/"),
            ("Brightness", "70"),
            ("fade_seconds", "1.5"),
            ("kinds:0", "final"),
            ("kinds:1", "change"),
            ("headers:Authorization", "Bearer x")));
        Assert.Equal(new Uri("http://lamp/"), settings.Url);
        Assert.Equal(70, settings.Brightness);
        Assert.Equal(1.5, settings.FadeSeconds);
        Assert.Equal([EmotionEventKind.Final, EmotionEventKind.Change], settings.Kinds);
        Assert.Equal("Bearer x", settings.Headers["Authorization"]);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_text_may_stand_in_a_file(string reader)
    {
        using var folder = new Testing.TemporaryFolder();
        var file = folder.Write("token", "hunter2\r\n");
        Assert.Equal("hunter2", Bind(reader, TestServices.Section("Lamp", ("token_file", file))).Token);
        Assert.Equal("said", Bind(reader, TestServices.Section("Lamp", ("token_file", file), ("token", "said"))).Token);
        foreach (var (path, because) in new[]
        {
            ("/no/such/file", "plugins.Lamp.token_file is /no/such/file, which cannot be read: "),
            (folder.FullPath, $"plugins.Lamp.token_file is {folder.FullPath}, which cannot be read: "),
            (folder.Write("long", new string('x', 65537)), "a file of more than 65536 bytes."),
        })
        {
            var error = Assert.Throws<PluginException>(() => Bind(reader, TestServices.Section("Lamp", ("token_file", path))));
            Assert.Contains(because, error.Message, StringComparison.Ordinal);
        }

        // "_file" is only for texts.
        Assert.Throws<PluginException>(() => Bind(reader, TestServices.Section("Lamp", ("brightness_file", file))));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_missing_or_empty_section_gives_the_defaults(string reader) =>
        Assert.Equal(50, Bind(reader, TestServices.Section("Lamp", ("brightness", ""))).Brightness);

    [Theory]
    [MemberData(nameof(Readers))]
    public void All_that_is_wrong_is_said_at_once(string reader)
    {
        var error = Assert.Throws<PluginException>(() => Bind(reader, TestServices.Section(
            "Lamp", ("brightnes", "70"), ("brightness", "much"), ("kinds", "final"), ("kinds2:0", "x"))));
        var lines = error.Message.Split('\n');
        Assert.Contains("plugins.Lamp.brightnes is not a setting of this plugin; there are: brightness, fade_seconds, headers, kinds, token, url.", lines);
        Assert.Contains("plugins.Lamp.brightness is 'much'; it must be a whole number.", lines);
        Assert.Contains("plugins.Lamp.kinds is 'final'; it must be a list.", lines);
        Assert.Equal(4, lines.Length);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Annotations_are_obeyed(string reader)
    {
        var error = Assert.Throws<PluginException>(() =>
            Bind(reader, TestServices.Section("Lamp", ("brightness", "101"))));
        Assert.Equal("plugins.Lamp.brightness is wrong: it must be 0 to 100.", error.Message);
    }

    private static LampSettings Bind(string reader, Microsoft.Extensions.Configuration.IConfigurationSection section) => (LampSettings)(
        reader == "daemon"
            ? PluginSettings.Bind(typeof(LampSettings), section, SettingValue.Read)
            : PluginHost.PluginAssembly.Bind(typeof(LampSettings), section));

    internal sealed class LampSettings
    {
        public Uri? Url { get; set; }

        [Range(0, 100, ErrorMessage = "it must be 0 to 100.")]
        public int Brightness { get; set; } = 50;

        public string? Token { get; set; }

        public double FadeSeconds { get; set; }

        public EmotionEventKind[] Kinds { get; set; } = [];

        public Dictionary<string, string> Headers { get; set; } = [];
    }
}
