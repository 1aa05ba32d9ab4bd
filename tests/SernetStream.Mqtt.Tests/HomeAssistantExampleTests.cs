using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using YamlDotNet.RepresentationModel;
using static SernetStream.Mqtt.Tests.DiscoveryFixture;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>
/// The automations, blueprints and cards for Home Assistant are whole, and name only entities, attributes and labels
/// that a node publishes.
/// </summary>
public sealed partial class HomeAssistantExampleTests
{
    // The built-in models have some of these labels; the last two always exist.
    private static readonly string[] Labels =
        ["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness", "unsure", "none"];

    private static readonly string[] CoreCards =
    [
        "conditional", "entities", "glance", "grid", "heading", "history-graph", "horizontal-stack", "logbook", "markdown",
        "statistics-graph", "tile", "vertical-stack",
    ];

    private static readonly string[] Entities = HomeAssistantDiscovery.Platforms(
            Options(1883) with { LevelInterval = TimeSpan.FromSeconds(10), Statistics = true }, new FakeControls { Feedback = new FakeFeedback() }, Labels)
        .Select(component => $"{component.Value}.sernet_kitchen_{component.Key}").ToArray();

    public static TheoryData<string> Blueprints() =>
        [.. Directory.GetFiles(Repository.PathOf("configs", "home-assistant"), "blueprint-*.yaml").Select(Path.GetFileName).Order().Select(name => name!)];

    [Fact]
    public void The_automations_are_whole_and_name_entities_that_are_announced()
    {
        var automations = Assert.IsType<YamlSequenceNode>(Yaml("automations.yaml"));

        Assert.Equal(5, automations.Children.Count);
        foreach (var automation in automations.Children.Cast<YamlMappingNode>())
        {
            string[] required = ["id", "alias", "mode", "triggers", "actions"];
            Assert.All(required, key => Assert.Contains(new YamlScalarNode(key), automation.Children.Keys));
            Assert.All(
                ((YamlSequenceNode)automation["triggers"]).Cast<YamlMappingNode>(),
                trigger => Assert.Contains(trigger["trigger"].ToString(), new[] { "state", "template", "time" }));
        }

        var text = Text("automations.yaml");
        Assert.All(OwnEntity().Matches(text), match => Assert.Contains(match.Value, Entities));
        Assert.All(ToEmotion().Matches(text), match => Assert.Contains(match.Groups[1].Value, Labels));
    }

    [Fact]
    public void The_card_for_feedback_names_entities_that_are_announced()
    {
        var card = Assert.IsType<YamlMappingNode>(Yaml("feedback-card.yaml"));
        var shown = Assert.IsType<YamlSequenceNode>(card["entities"]).Cast<YamlMappingNode>().Select(row => row["entity"].ToString()).ToList();
        Assert.All(shown, entity => Assert.Contains(entity, Entities));
        Assert.All(Entities.Where(entity => entity.StartsWith("button.", StringComparison.Ordinal)), button => Assert.Contains(button, shown));
    }

    [Fact]
    public void The_dashboard_has_cards_of_the_hub_itself_and_entities_that_are_announced()
    {
        var dashboard = Assert.IsType<YamlMappingNode>(Yaml("dashboard.yaml"));
        var cards = dashboard.AllNodes.OfType<YamlMappingNode>().Where(node => node.Children.ContainsKey("type")).ToList();

        Assert.InRange(cards.Count, 6, 20);
        Assert.All(cards, card => Assert.Contains(card["type"].ToString(), CoreCards));
        Assert.All(OwnEntity().Matches(Text("dashboard.yaml")), match => Assert.Contains(match.Value, Entities));
    }

    [Theory]
    [MemberData(nameof(Blueprints))]
    public void A_blueprint_uses_every_input_it_asks_for_and_no_other(string name)
    {
        var blueprint = Assert.IsType<YamlMappingNode>(Yaml(name));
        var head = (YamlMappingNode)blueprint["blueprint"];
        Assert.Equal("automation", head["domain"].ToString());
        var asked = ((YamlMappingNode)head["input"]).Children.Keys.Select(key => key.ToString()).ToHashSet();
        var used = blueprint.AllNodes.OfType<YamlScalarNode>().Where(node => node.Tag == "!input")
            .Select(node => node.Value!).ToHashSet();

        Assert.Equal(asked.Order(), used.Order());
        string[] required = ["triggers", "actions", "mode"];
        Assert.All(required, key => Assert.Contains(new YamlScalarNode(key), blueprint.Children.Keys));
    }

    [Theory]
    [MemberData(nameof(Blueprints))]
    public void A_template_of_a_blueprint_knows_every_variable_that_it_uses(string name)
    {
        var blueprint = (YamlMappingNode)Yaml(name);
        var declared = new[] { "variables", "trigger_variables" }
            .Where(key => blueprint.Children.ContainsKey(key))
            .SelectMany(key => ((YamlMappingNode)blueprint[key]).Children.Keys)
            .Select(key => key.ToString())
            .ToHashSet();
        var templates = blueprint.AllNodes.OfType<YamlScalarNode>().Select(node => node.Value ?? "")
            .Where(text => text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal))
            .SelectMany(text => TemplatePart().Matches(text).Select(match => match.Value));
        var words = templates.SelectMany(template => Word().Matches(Quoted().Replace(template, "''")).Select(match => match.Value));

        HashSet<string> known =
        [
            .. declared, "states", "is_state", "state_attr", "device_attr", "device_id", "now", "strftime", "float", "replace", "trigger",
            "id", "platform", "this", "entity_id", "if", "else", "endif", "and", "or", "not", "in",
        ];
        Assert.Subset(known, words.ToHashSet());
    }

    [NeedsTheory("python:jinja2")]
    [InlineData("automations.yaml")]
    [InlineData("dashboard.yaml")]
    [MemberData(nameof(Blueprints))]
    public async Task Every_template_is_one_to_Jinja(string name)
    {
        var templates = Yaml(name).AllNodes.OfType<YamlScalarNode>().Select(node => node.Value ?? "")
            .Where(text => text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(templates);
        var parsed = await ChildProcess.RunAsync(
            "/usr/bin/python3", ["-c", "import jinja2, sys; [jinja2.Environment().parse(text) for text in sys.argv[1:]]", .. templates]);
        Assert.True(parsed.ExitCode == 0, parsed.Errors);
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [MemberData(nameof(Blueprints))]
    public async Task What_a_blueprint_asks_for_is_announced_and_has_the_attributes_it_reads(string name)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var publisher = await StartAsync(
            Device(broker), node: Node with { Labels = Labels[..7] }, controls: new FakeControls());
        await publisher.SendAsync(Events.Make());
        await using var hub = await broker.SubscribeAsync();
        var components = Components(await hub.MessageAsync(Discovery)).Values.ToList();
        var inputs = (YamlMappingNode)((YamlMappingNode)((YamlMappingNode)Yaml(name))["blueprint"])["input"];
        var own = inputs.AllNodes.OfType<YamlMappingNode>().Where(node => node.Children.ContainsKey("integration")).ToList();

        Assert.NotEmpty(own);
        Assert.All(own, filter => Assert.Contains(components, component =>
            component.GetProperty("p").GetString() == filter["domain"].ToString()
            && (!filter.Children.ContainsKey("device_class")
                || (component.TryGetProperty("device_class", out var deviceClass) && deviceClass.GetString() == filter["device_class"].ToString()))));

        // The attributes of the emotion are a topic; that of the microphone is made by a template.
        using var attributes = JsonDocument.Parse((await hub.MessageAsync(
            message => message.Topic == Attributes && message.Payload.Contains("model", StringComparison.Ordinal))).Payload);
        var known = attributes.RootElement.EnumerateObject().Select(attribute => attribute.Name)
            .Concat(components.Where(component => component.TryGetProperty("json_attributes_template", out _))
                .SelectMany(component => TemplateKey().Matches(component.GetProperty("json_attributes_template").GetString()!))
                .Select(match => match.Groups[1].Value));
        Assert.All(AttributeOf().Matches(Text(name)), match => Assert.Contains(match.Groups[1].Value, known));

        var offered = inputs.AllNodes.OfType<YamlMappingNode>().Where(node => node.Children.ContainsKey("custom_value"))
            .SelectMany(node => (YamlSequenceNode)node["options"]).Select(option => option.ToString());
        Assert.All(offered, label => Assert.Contains(label, Labels));
    }

    private static YamlNode Yaml(string name)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Text(name)));
        return Assert.Single(stream.Documents).RootNode;
    }

    private static string Text(string name) => File.ReadAllText(Repository.PathOf("configs", "home-assistant", name));

    [GeneratedRegex("[a-z_]+\\.sernet_kitchen_[a-z0-9_]+")]
    private static partial Regex OwnEntity();

    [GeneratedRegex("to: (\\w+)")]
    private static partial Regex ToEmotion();

    [GeneratedRegex("\\{\\{.*?\\}\\}|\\{%.*?%\\}", RegexOptions.Singleline)]
    private static partial Regex TemplatePart();

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex("[A-Za-z_]\\w*")]
    private static partial Regex Word();

    [GeneratedRegex("state_attr\\(\\w+, '(\\w+)'\\)")]
    private static partial Regex AttributeOf();

    [GeneratedRegex("'(\\w+)':")]
    private static partial Regex TemplateKey();
}
