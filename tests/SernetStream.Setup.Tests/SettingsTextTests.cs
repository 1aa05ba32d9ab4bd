using SernetStream.Configuration;
using SernetStream.Testing;

namespace SernetStream.Setup.Tests;

/// <summary>Single settings of a configuration file are changed; whatever else is in it stays.</summary>
public sealed class SettingsTextTests : IDisposable
{
    private const string Edited = """
        # My house.
        node: attic          # under the roof
        gate:
          pad: 0.2

        # The broker in the cellar.
        mqtt:
          # ask Ada for the password
          broker: "mqtt://old.local:1884"   # "the old one"
          qos: 0
        plugins:
          Exec: { command: [cat] }

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_setting_of_the_template_takes_the_place_of_its_comment()
    {
        var template = File.ReadAllText(Repository.PathOf("configs", "sernetd.yaml"));
        var text = new SettingsText(template);
        text.Set(Settings.Device, "USB PnP Sound Device");
        text.Set(Settings.Node, "Küche");
        text.Set(Settings.MqttBroker, "[fd00::2]:1884");
        text.Set(Settings.MqttUser, "a: b # \"c\"");

        Assert.Equal(["device: USB PnP Sound Device", "node: \"Küche\"", "  broker: \"[fd00::2]:1884\"", "  user: \"a: b # \\\"c\\\"\""], text.Changes);
        var values = Load(text);
        Assert.Equal("USB PnP Sound Device", values.Get(Settings.Device));
        Assert.Equal("Küche", values.Get(Settings.Node));
        Assert.Equal("[fd00::2]:1884", values.Get(Settings.MqttBroker));
        Assert.Equal("a: b # \"c\"", values.Get(Settings.MqttUser));
        Assert.Equal(4, template.Split('\n').Zip(text.ToString().Split('\n')).Count(pair => pair.First != pair.Second));
        Assert.Equal(template.Split('\n').Length, text.ToString().Split('\n').Length);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Comments_and_all_other_settings_stay(string newLine)
    {
        var text = new SettingsText(Edited.ReplaceLineEndings(newLine));
        text.Set(Settings.Node, "hall");
        text.Set(Settings.MqttBroker, "new.local");
        text.Set(Settings.Device, "hw:1");

        Assert.Equal(
            Edited.Replace("node: attic          #", "node: hall          #", StringComparison.Ordinal)
                .Replace("broker: \"mqtt://old.local:1884\"   #", "broker: new.local   #", StringComparison.Ordinal)
                .ReplaceLineEndings(newLine) + "device: hw:1" + newLine,
            text.ToString());
        var values = Load(text);
        Assert.Equal("new.local", values.Get(Settings.MqttBroker));
        Assert.Equal(0, values.Get(Settings.MqttQos));
        Assert.Equal("Exec", Assert.Single(values.Plugins).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gate:\n    pad: 0.2\n")]
    [InlineData("mqtt:\n")]
    [InlineData("mqtt:   # later\n\nweb:\n  image: false\n")]
    [InlineData("mqtt:\n      qos: 2\n")]
    [InlineData("mqtt:\n      #user: ada\n      qos: 2\n")]
    public void What_is_missing_is_added_where_it_belongs(string before)
    {
        var text = new SettingsText(before);
        text.Set(Settings.MqttBroker, "broker.local");
        text.Set(Settings.MqttUser, "kitchen");

        var values = Load(text);
        Assert.Equal("broker.local", values.Get(Settings.MqttBroker));
        Assert.Equal("kitchen", values.Get(Settings.MqttUser));
        Assert.Equal(2, text.Changes.Count);
        Assert.Subset(text.ToString().Split('\n').ToHashSet(), before.Split('\n').Where(line => !line.Contains("#user", StringComparison.Ordinal)).ToHashSet());
    }

    [Fact]
    public void A_section_in_another_form_is_left_alone_and_said()
    {
        var text = new SettingsText("mqtt: { qos: 0 }\n");
        var error = Assert.Throws<CommandException>(() => text.Set(Settings.MqttBroker, "broker.local"));
        Assert.Contains("set mqtt.broker: broker.local there by hand", error.Message, StringComparison.Ordinal);
        Assert.Equal("mqtt: { qos: 0 }\n", text.ToString());
    }

    [Fact]
    public void A_draft_that_cannot_be_read_as_meant_changes_nothing()
    {
        const string Before = "mqtt:\n  broker: >-\n    old.local\n";
        var file = _folder.Write("sernetd.yaml", Before);
        using (var draft = new ConfigurationDraft(file))
        {
            draft.Set(Settings.MqttBroker, "new.local");
            Assert.ThrowsAny<CommandException>(draft.Load);
        }

        Assert.Equal(Before, File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(_folder.FullPath));
    }

    private SettingValues Load(SettingsText text)
    {
        var file = _folder.Write("edited.yaml", text.ToString());
        return SettingsLoader.Load(new CommandLineSettings(file, [], []), new Dictionary<string, string>());
    }
}
