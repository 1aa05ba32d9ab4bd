using System.ComponentModel.DataAnnotations;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Publishing.Plugins;

namespace SernetStream.Plugins.Tests.Host;

public class PluginSettingsTests
{
    [Fact]
    public void Keys_take_the_form_of_their_properties()
    {
        var settings = Bind(TestServices.Section(
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

    [Fact]
    public void A_missing_or_empty_section_gives_the_defaults() =>
        Assert.Equal(50, Bind(TestServices.Section("Lamp", ("brightness", ""))).Brightness);

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var error = Assert.Throws<PluginException>(() => Bind(TestServices.Section(
            "Lamp", ("brightnes", "70"), ("brightness", "much"), ("kinds", "final"), ("kinds2:0", "x"))));
        var lines = error.Message.Split('\n');
        Assert.Contains("plugins.Lamp.brightnes is not a setting of this plugin; there are: brightness, fade_seconds, headers, kinds, url.", lines);
        Assert.Contains("plugins.Lamp.brightness is 'much'; it must be a whole number.", lines);
        Assert.Contains("plugins.Lamp.kinds is 'final'; it must be a list.", lines);
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Annotations_are_obeyed()
    {
        var error = Assert.Throws<PluginException>(() =>
            Bind(TestServices.Section("Lamp", ("brightness", "101"))));
        Assert.Equal("plugins.Lamp.brightness is wrong: it must be 0 to 100.", error.Message);
    }

    private static LampSettings Bind(Microsoft.Extensions.Configuration.IConfigurationSection section) =>
        (LampSettings)PluginSettings.Bind(typeof(LampSettings), section);

    internal sealed class LampSettings
    {
        public Uri? Url { get; set; }

        [Range(0, 100, ErrorMessage = "it must be 0 to 100.")]
        public int Brightness { get; set; } = 50;

        public double FadeSeconds { get; set; }

        public EmotionEventKind[] Kinds { get; set; } = [];

        public Dictionary<string, string> Headers { get; set; } = [];
    }
}
