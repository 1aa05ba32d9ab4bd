using SernetStream.Testing;

namespace SernetStream.Configuration.Tests;

public sealed class RoomsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_room_has_its_own_settings_and_for_the_rest_those_of_the_house()
    {
        var values = Load("""
            node: house
            model: light-sernet-emodb-int8
            gate:
              open: 0.7
              pad: 0.3
            rooms:
              kitchen:
                device: hw:1
                gate:
                  open: 0.6
              nursery:
                device: hw:2
                model: light-sernet-home-int8
                sensitivity: calm
            """);
        Assert.Equal(["kitchen", "nursery"], values.Rooms.Select(room => room.Name));
        var (kitchen, nursery) = (values.Rooms[0].Values, values.Rooms[1].Values);
        Assert.Equal(("kitchen", "hw:1", 0.6, 0.3), (kitchen.Node(), kitchen.Get(Settings.Device), kitchen.Get(Settings.GateOpen), kitchen.Get(Settings.GatePad)));
        Assert.Equal(("light-sernet-emodb-int8", 0.7), (kitchen.Get(Settings.Model), nursery.Get(Settings.GateOpen)));
        Assert.Equal("light-sernet-home-int8", nursery.Get(Settings.Model));
        Assert.Equal("kitchen", kitchen.Pipeline().Node);
        Assert.Equal("house", values.Node());
        Assert.NotEqual(values.Rooms[0].Text, values.Rooms[1].Text);
    }

    [Fact]
    public void The_sensitivity_of_a_room_wins_over_the_threshold_of_the_house()
    {
        var values = Load("smoothing:\n  enter: 0.9\nrooms:\n  a:\n    device: hw:1\n    sensitivity: eager\n  b:\n    device: hw:2\n");
        Assert.NotEqual(0.9f, values.Rooms[0].Values.Smoother().Enter);
        Assert.Equal(0.9f, values.Rooms[1].Values.Smoother().Enter);
    }

    [Fact]
    public void A_source_outside_of_the_file_is_the_only_room()
    {
        var file = Write("rooms:\n  a:\n    device: hw:1\n");
        var values = SettingsLoader.Load(
            new CommandLineSettings(file, [new Assignment("device", "hw:7", new Origin("--device"))], []), new Dictionary<string, string>());
        Assert.Empty(values.Rooms);
        Assert.Contains("--device is the only room of this run", Assert.Single(values.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  a:\n    gate:\n      open: 0.6\n", "The room 'a' has no source")]
    [InlineData("  a:\n", "The room 'a' has no source")]
    [InlineData("  a+b:\n    device: hw:1\n", "The room's name 'a+b' cannot be used")]
    [InlineData("  a/b:\n    device: hw:1\n", "The room's name 'a/b' cannot be used")]
    [InlineData("  devices:\n    device: hw:1\n", "The room's name 'devices' cannot be used")]
    [InlineData("  a.b:\n    device: hw:1\n", "The room's name 'a.b' has a dot in it")]
    [InlineData("  house:\n    device: hw:1\n", "The room 'house' is called like the node itself")]
    [InlineData("  a:\n    device: hw:1\n  a:\n    device: hw:2\n", "'a' is here a second time; the first is in line 3")]
    [InlineData("  a:\n    device: hw:1\n  b:\n    device: hw:1\n", "The rooms 'a' and 'b' both listen to hw:1")]
    [InlineData("  a:\n    device: hw:1\n    gate:\n      opne: 0.6\n", "In rooms.a, gate.opne is not a setting; did you mean gate.open?")]
    [InlineData("  a:\n    device: hw:1\n    mqtt:\n      qos: 1\n", "rooms.a.mqtt.qos cannot differ from room to room")]
    [InlineData("  a:\n    device: hw:1\n    gate:\n      open: 7\n", "rooms.a.gate.open is '7'; it must be")]
    [InlineData("  a:\n    device: hw:1\n    gate:\n      open: 0.1\n", "In rooms.a, ")]
    [InlineData("  a: hw:1\n", "rooms.a is 'hw:1'; it must be a section")]
    [InlineData("  - a\n", "rooms is a list; write the name of each room")]
    public void A_wrong_room_is_named_in_a_sentence(string rooms, string sentence)
    {
        var error = Assert.Throws<ConfigurationException>(() => Load("node: house\nrooms:\n" + rooms));
        Assert.Contains(error.Problems, problem => problem.Contains(sentence, StringComparison.Ordinal));
        Assert.All(error.Problems, problem => Assert.Matches(@"^\S+\.yaml:\d+: [^\n]+[.?]$", problem));
    }

    [Fact]
    public void What_is_printed_can_be_read_again()
    {
        var values = Load("rooms:\n  a:\n    device: hw:1\n    gate:\n      open: 0.6\n  b:\n    device: 'file:x'\n");
        using var output = new StringWriter();
        EffectiveConfiguration.Write(values, output);
        var again = Load(output.ToString());
        Assert.Equal(values.Rooms.Select(room => room.Text), again.Rooms.Select(room => room.Text));
    }

    private SettingValues Load(string text) => SettingsLoader.Load(new CommandLineSettings(Write(text), [], []), new Dictionary<string, string>());

    private string Write(string text)
    {
        var file = _folder.PathOf("rooms.yaml");
        File.WriteAllText(file, text);
        return file;
    }
}
