using SernetStream.Configuration;
using SernetStream.Daemon.Commands;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>File, environment and command line give the settings; each mistake gives a sentence.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_word_everything_is_its_default()
    {
        var values = SettingsLoader.Load(CommandLineSettings.None, NoEnvironment);

        Assert.All(Settings.All, setting => Assert.Null(values.OriginOf(setting)));
        var smoother = Pipeline.Smoothing.SmootherOptions.For(Models.ModelCatalog.CardOf(Models.ModelCatalog.Default));
        Assert.Equal(new Pipeline.PipelineOptions { Node = values.Node(), Smoother = smoother }, values.Pipeline());
        Assert.Null(values.Mqtt());
    }

    [Fact]
    public void The_command_line_overrides_the_environment_which_overrides_the_file()
    {
        var file = File("node: attic\nmqtt:\n  broker: filed\n  qos: 0\nwindows:\n  hop: 1\n");
        var environment = new Dictionary<string, string> { ["SERNET_MQTT_BROKER"] = "said", ["SERNET_NODE"] = "cellar" };

        var values = SettingsLoader.Load(
            new CommandLineSettings(file, [new Assignment("node", "kitchen", new Origin("--node"))], []), environment);

        Assert.Equal("kitchen", values.Get(Settings.Node));
        Assert.Equal("said", values.Get(Settings.MqttBroker));
        Assert.Equal(0, values.Get(Settings.MqttQos));
        Assert.Equal(1.0, values.Get(Settings.Hop));
        Assert.Equal("--node", values.OriginOf(Settings.Node)!.ToString());
        Assert.Equal($"{file}:6", values.OriginOf(Settings.Hop)!.ToString());
    }

    [Fact]
    public void The_file_may_be_named_in_the_environment()
    {
        var environment = new Dictionary<string, string> { ["SERNET_CONFIG"] = File("node: attic\n") };
        Assert.Equal("attic", SettingsLoader.Load(CommandLineSettings.None, environment).Node());
    }

    [Theory]
    [InlineData("nod: x", ":1: nod is not a setting; did you mean node?")]
    [InlineData("keep_alive: 3", "did you mean mqtt.keep_alive?")]
    [InlineData("wibble: 3", "wibble is not a setting; 'sernetd config template' lists all.")]
    [InlineData("a:\n  b:\n    c: 1", ":3: a.b.c is not a setting")]
    [InlineData("mqtt:\n  password: hunter2", ":2: mqtt.password is a secret")]
    [InlineData("mqtt:\n  qos: 3", ":2: mqtt.qos is '3'; it must be a whole number 0..2.")]
    [InlineData("mqtt:\n  qos: 1.5", "mqtt.qos is '1.5'")]
    [InlineData("mqtt:\n  scores: maybe", "mqtt.scores is 'maybe'; it must be true or false.")]
    [InlineData("mqtt: broker.local", ":1: mqtt is not a setting")]
    [InlineData("gate:\n  open: .nan", "gate.open is '.nan'; it must be greater than 0, at most 1.")]
    [InlineData("gate:\n  open: 0", "gate.open is '0'")]
    [InlineData("gate:\n  detector: loud", "it must be cascade, silero, energy or off.")]
    [InlineData("gate:\n  open: [0.5]", ":2: gate.open is a list; it must be one value.")]
    [InlineData("gate:\n  open: 0.2", ":2: gate.close is '0.35', its default; it must be at most 0.2 (gate.open).")]
    [InlineData("smoothing:\n  enter: 0.5\n  leave: 0.9", ":3: smoothing.leave is '0.9'; it must be at most 0.5 (smoothing.enter).")]
    [InlineData("node: a/b\nmqtt:\n  broker: hub", ":1: node is 'a/b'; it must be a name without /, + and #")]
    [InlineData("mqtt:\n  password_file: /nowhere/secret", "mqtt.password_file is /nowhere/secret, which cannot be read")]
    [InlineData("node: devices\nmqtt:\n  broker: hub", ":1: node is 'devices'; it must be a name without /, + and #, of at most 64")]
    [InlineData("mqtt:\n  broker: hub\n  password_file: /dev/null", ":3: mqtt.password_file is '/dev/null'; it must be left out, or mqtt.user given")]
    [InlineData("mqtt:\n  broker: hub\n  key_file: /dev/null", ":3: mqtt.key_file is '/dev/null'; it must be left out, or mqtt.certificate_file given")]
    [InlineData("node: a\nnode: b", ":2: 'node' is here a second time; the first is in line 1.")]
    [InlineData("node: [", "this is not YAML")]
    [InlineData("node: &a b", "anchors (&name) are not supported")]
    [InlineData("node: *a", "references (*name) are not supported")]
    [InlineData("node: !!str a", "tags (!name) are not supported")]
    [InlineData("- node", ":1: a configuration is a list of 'name: value' lines; this is not.")]
    [InlineData("node: a\n---\nnode: b", "a second document begins here")]
    [InlineData("? [a]\n: b", "a name is expected here")]
    [InlineData("plugins:\n  Exec:\n    enabled: maybe", ":3: plugins.Exec.enabled is 'maybe'; it must be true or false.")]
    [InlineData("plugins:\n  Exec: yes", ":2: plugins.Exec is 'yes'; it must be a section, or empty.")]
    public void A_mistake_in_the_file_is_a_sentence_with_its_line(string yaml, string sentence)
    {
        var file = File(yaml);
        var error = Refused(file);
        Assert.Contains(error.Problems, problem => problem.Contains(sentence, StringComparison.Ordinal));
        Assert.All(error.Problems, problem => Assert.StartsWith($"{file}:", problem, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_file()
    {
        var error = Refused(File("mqtt:\n  qos: 9\nnod: x\ngate:\n  pad: [1]\n  open: 2\n"));
        Assert.Equal(["2", "3", "5", "6"], error.Problems.Select(problem => problem.Split(':')[1]));
    }

    [Fact]
    public void A_password_in_an_address_is_refused_and_not_repeated()
    {
        var error = Refused(File("mqtt:\n  broker: user:hunter2@hub\n"));
        Assert.Contains("password", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_none_are_refused()
    {
        Assert.Contains("cannot be read", Refused("/nowhere/sernetd.yaml").Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refused(_folder.FullPath).Message, StringComparison.Ordinal);
        Assert.Contains("nested", Refused(File(new string('[', 100_000))).Message, StringComparison.Ordinal);
        Assert.Contains("KiB", Refused(File(new string('#', 2_000_000))).Message, StringComparison.Ordinal);
        var binary = _folder.Write("binary.yaml", [0xFF, 0xFE, 0x80]);
        Assert.Contains("UTF-8", Refused(binary).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_comes_from_its_file_or_from_the_environment_and_is_never_printed()
    {
        var password = File("hunter2\n", "password");
        var file = File($"mqtt:\n  user: me\n  broker: hub\n  password_file: {password}\n");

        var fromFile = SettingsLoader.Load(new CommandLineSettings(file, [], []), NoEnvironment);
        var fromEnvironment = SettingsLoader.Load(
            new CommandLineSettings(file, [], []), new Dictionary<string, string> { ["SERNET_MQTT_PASSWORD"] = "swordfish" });

        Assert.Equal("hunter2", fromFile.Mqtt()!.Password);
        Assert.Equal("swordfish", fromEnvironment.Mqtt()!.Password);
        foreach (var values in new[] { fromFile, fromEnvironment })
        {
            var printed = Print(output => EffectiveConfiguration.Write(values, output));
            Assert.DoesNotContain("hunter2", printed, StringComparison.Ordinal);
            Assert.DoesNotContain("swordfish", printed, StringComparison.Ordinal);
            Assert.DoesNotContain("swordfish", $"{values.Get(Settings.MqttPassword)}", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_variable_that_is_no_setting_is_a_warning()
    {
        var values = SettingsLoader.Load(
            CommandLineSettings.None, new Dictionary<string, string> { ["SERNET_MQTT_BROKR"] = "hub", ["SERNET_MQTT_PASSWORD"] = "x" });
        Assert.Equal(
            ["The environment variable SERNET_MQTT_BROKR is not a setting; did you mean SERNET_MQTT_BROKER?"], values.Warnings);
    }

    [Fact]
    public void What_nobody_says_of_the_thresholds_is_as_the_models_card_has_it()
    {
        var model = Model("""{"confidenceBelow":0.3,"entropyAbove":0.8}""");
        var values = Load($"model: {model}");
        Assert.Equal((0.3f, 0.3f, 0.8f), Thresholds(values));
        var printed = Print(output => EffectiveConfiguration.Write(values, output));
        Assert.Matches("enter: +# default, 0.3 with this model\n", printed.Replace("\"\"", "", StringComparison.Ordinal));

        Assert.Equal((0.6f, 0.35f, 0.8f), Thresholds(Load($"model: {model}\nsmoothing: {{enter: 0.6}}")));
        Assert.Equal((0.3f, 0.2f, 1f), Thresholds(Load($"model: {model}\nsmoothing: {{leave: 0.2, max_entropy: 1}}")));
        Assert.Contains(
            ":2: smoothing.leave is '0.4'; it must be at most 0.3 (smoothing.enter).",
            Refused(File($"model: {model}\nsmoothing: {{leave: 0.4}}")).Message,
            StringComparison.Ordinal);
        Assert.Equal((0.5f, 0.35f, 0.95f), Thresholds(Load($"model: {_folder.PathOf("gone.json")}")));

        SettingValues Load(string yaml) => SettingsLoader.Load(new CommandLineSettings(File(yaml), [], []), NoEnvironment);
        (float Enter, float Leave, float MaxEntropy) Thresholds(SettingValues said)
        {
            var smoother = said.Pipeline().Smoother;
            smoother.Validate();
            return (smoother.Enter, smoother.Leave, smoother.MaxEntropy);
        }
    }

    [Fact]
    public void The_sensitivity_chooses_a_point_of_the_card_and_an_explicit_threshold_wins()
    {
        var points = Models.ModelCatalog.CardOf(Models.ModelCatalog.Default).OperatingPoints!;
        var normal = points.At(Models.Sensitivity.Normal).Threshold;
        Assert.Equal(normal, Enter("node: a"));
        Assert.Equal(normal, Enter("sensitivity: normal"));
        Assert.Equal(points.At(Models.Sensitivity.Calm).Threshold, Enter("sensitivity: calm"));
        Assert.Equal(points.At(Models.Sensitivity.Eager).Threshold, Enter("sensitivity: eager"));
        Assert.Matches("sensitivity: \"\" +# default, normal with this model\n", Printed(Load("node: a")));
        Assert.Matches("sensitivity: \"\" +# default, none with this model\n", Printed(Load("model: light-sernet-emodb-int8")));
        Assert.Matches("sensitivity: \"\" +# default, none with this model\n", Printed(Load("smoothing: {enter: 0.6}")));
        Assert.Empty(Load("smoothing: {enter: 0.6}").Warnings);

        var both = Load("sensitivity: calm\nsmoothing: {enter: 0.6}");
        Assert.Equal(0.6f, both.Pipeline().Smoother.Enter);
        Assert.EndsWith(
            ":1: sensitivity changes nothing, because smoothing.enter is set too and wins; leave one of them away.",
            Assert.Single(both.Warnings),
            StringComparison.Ordinal);
        Assert.Contains(
            ":1: sensitivity is 'calm'; it must be left out, because the card of light-sernet-emodb-int8 has no operating points; "
            + "set smoothing.enter instead, or another model.",
            Refused(File("sensitivity: calm\nmodel: light-sernet-emodb-int8")).Message,
            StringComparison.Ordinal);

        float Enter(string yaml) => Load(yaml).Pipeline().Smoother.Enter;
        SettingValues Load(string yaml) => SettingsLoader.Load(new CommandLineSettings(File(yaml), [], []), NoEnvironment);
        static string Printed(SettingValues values) => Print(output => EffectiveConfiguration.Write(values, output));
    }

    [Fact]
    public void A_model_that_is_not_there_is_said_with_its_line_when_a_file_is_checked()
    {
        var file = File("node: attic\nmodel: nonsense\n");
        var error = Assert.Throws<ConfigurationException>(() => CommandLine.Create().Parse(["config", "check", file]).Invoke(
            new System.CommandLine.InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        Assert.StartsWith($"{file}:2: There is no model called 'nonsense'; built in are ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smoothing.enter", "1")]
    [InlineData("smoothing.enter", "0.001")]
    [InlineData("smoothing.leave", "0")]
    [InlineData("smoothing.max_entropy", "1")]
    [InlineData("smoothing.max_entropy", "0.001")]
    public void The_bounds_of_the_thresholds_are_accepted(string key, string value) => SettingsLoader.Load(
        new CommandLineSettings(null, [new Assignment(key, value, new Origin("test"))], []), NoEnvironment).Pipeline().Validate();

    [Fact]
    public void What_is_in_force_can_be_read_back()
    {
        var file = File("node: \"a: b\"\nsmoothing: {half_life: 3}\nmqtt: {broker: hub, user: \"küche #1\"}\n");
        var values = SettingsLoader.Load(new CommandLineSettings(file, [], ["Exec"]), NoEnvironment);

        var again = File(Print(output => EffectiveConfiguration.Write(values, output)), "again.yaml");
        var read = SettingsLoader.Load(new CommandLineSettings(again, [], []), NoEnvironment);

        Assert.All(Settings.All, setting => Assert.Equal(values.TextOf(setting), read.TextOf(setting)));
        Assert.Equal(["Exec"], read.Plugins.Select(plugin => plugin.Name));
    }

    [Fact]
    public void The_bounds_of_every_number_are_accepted_by_the_part_that_takes_it()
    {
        foreach (var setting in Settings.All.OfType<NumberSetting>())
        {
            var lowest = setting.Bounds.MinIncluded ? setting.Bounds.Min : Math.Min(setting.Bounds.Min + 1e-3, setting.Bounds.Max);
            foreach (var bound in new[] { lowest, setting.Bounds.Max })
            {
                Exception? Taken(double gateOpen, double enter) => Record.Exception(() => SettingsLoader.Load(
                    new CommandLineSettings(null,
                    [
                        new Assignment("gate.open", Text(gateOpen), new Origin("test")),
                        new Assignment("gate.close", Text(Math.Min(gateOpen, 1e-3)), new Origin("test")),
                        new Assignment("smoothing.enter", Text(enter), new Origin("test")),
                        new Assignment("smoothing.leave", "0", new Origin("test")),
                        new Assignment(setting.Key, Text(bound), new Origin("test")),
                    ], []),
                    NoEnvironment).Pipeline().Validate());

                Assert.True(Taken(1, 1) is null, $"{setting.Key} = {bound}: {Taken(1, 1)?.Message}");
            }
        }

        static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Every_flag_and_variable_belongs_to_one_setting()
    {
        var flags = Settings.All.SelectMany(setting => new[] { setting.Flag, setting.ShortFlag }).OfType<string>().ToList();
        Assert.Equal(flags.Distinct(), flags);
        Assert.Equal(Settings.All.Count, Settings.All.Select(setting => setting.Variable).Distinct().Count());
        Assert.All(Settings.All, setting => Assert.True(setting.Section.Length == 0 || Settings.IsSection(setting.Section)));
        Assert.All(Settings.All, setting => Assert.EndsWith(".", setting.Help, StringComparison.Ordinal));
        _ = CommandLine.Create();
    }

    private static string Print(Action<TextWriter> write)
    {
        using var output = new StringWriter();
        write(output);
        return output.ToString();
    }

    private static ConfigurationException Refused(string file) => Assert.Throws<ConfigurationException>(
        () => SettingsLoader.Load(new CommandLineSettings(file, [], []), NoEnvironment));

    /// <summary>A user's model whose card has thresholds.</summary>
    private string Model(string unknown)
    {
        var card = System.Text.Json.Nodes.JsonNode.Parse(Models.ModelCatalog.CardOf("light-sernet-emodb-int8").Json)!.AsObject();
        card["unknown"] = System.Text.Json.Nodes.JsonNode.Parse(unknown);
        return _folder.Write("own.json", card.ToJsonString());
    }

    private string File(string text, string name = "sernetd.yaml") => _folder.Write(name, text);
}
