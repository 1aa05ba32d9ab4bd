using System.Globalization;
using SernetStream.Configuration;
using SernetStream.Daemon.Commands;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>
/// Each setting of docs/user/configuration.md can be set in the file, by its variable, by its option and by <c>--set</c>, up to
/// both ends of its range. A value just outside is refused in each of these places with a sentence.
/// </summary>
public sealed class SettingPlacesTests : IDisposable
{
    /// <summary>Values of other settings that fit any value of the tested one, so that rules between settings do not fail.</summary>
    private static readonly string[] Company = ["gate.open=1", "gate.close=0.000001", "smoothing.enter=1", "smoothing.leave=0"];

    /// <summary>Texts with a syntax: valid ones, and ones that are just not valid.</summary>
    private static readonly Dictionary<string, (string[] Right, string[] Wrong)> Texts = new()
    {
        ["device"] = (["default", "hw:1", "file:a"], ["", " ", "file:", "file: "]),
        ["monitor"] = (["", "default", "pulse:x.monitor"], [" ", "speakers", "pulse:"]),
        ["model"] = (["light-sernet-emodb-fp32"], ["", " "]),
        ["capture.channel"] = (["mix", "left", "right", "1", "64"], ["0", "65", "middle"]),
        ["capture.ca_file"] = ([""], ["/nowhere"]),
        ["mqtt.broker"] = (["", "hub", "hub:1", "hub:65535", "wss://hub/x"], ["hub:0", "hub:65536", "http://hub", "u:p@hub"]),
        ["mqtt.user"] = (["", "me"], ["a\u0001"]),
        ["mqtt.ca_file"] = ([""], ["/nowhere"]),
        ["mqtt.certificate_file"] = ([""], ["/nowhere"]),
        ["mqtt.key_file"] = ([""], ["/nowhere"]),
        ["mqtt.server_name"] = (["", "broker.example", "10.0.0.1"], ["ä b", "broker.example:8883", "https://broker.example"]),
        ["mqtt.version"] = (["3.1.1", "5"], ["3.1", "4", "6", ""]),
        ["mqtt.client_id"] = (["", "a b", Long(256)], [Long(257)]),
        ["mqtt.base_topic"] = (["a", "a/b", Long(128)], ["", "a/#", "a//b", "$a", Long(129)]),
        ["mqtt.discovery_prefix"] = (["a/b", Long(128)], ["", "+", Long(129)]),
        ["mqtt.area"] = (["", "Living Room", Long(64)], ["a\u0001", Long(65)]),
        ["mqtt.birth_topic"] = (["a/b", Long(128)], ["", "#", Long(129)]),
        ["mqtt.birth_payload"] = (["online", "here I am"], ["", "a\u0001"]),
        ["mqtt.hello_topic"] = (["", "home/hello", Long(128)], ["a/#", "sernet/kitchen/state", Long(129)]),
        ["mqtt.hello_payload"] = (["", "a b", Long(1024)], [Long(1025)]),
        ["mqtt.device_id"] = (["", "a_B-9", Long(64)], ["a b", "ä", Long(65)]),
        ["web.hosts"] = (["", "kitchen.local, kitchen", "::1"], ["http://kitchen.local", "kitchen:8099", "a b"]),
        ["web.certificate_file"] = ([""], ["/nowhere"]),
        ["web.key_file"] = ([""], ["/nowhere"]),
        ["telemetry.otlp_endpoint"] = (["", "http://collector:4317"], ["collector:4317", "ftp://collector"]),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Keys => [.. Settings.All.Select(setting => setting.Key)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void All_of_its_range_and_no_more_can_be_said_in_each_place(string key)
    {
        var setting = Settings.All.Single(one => one.Key == key);
        var (right, wrong) = Values(setting);
        foreach (var (place, load) in Places(setting))
        {
            foreach (var text in right)
            {
                var values = load(text);
                Assert.Equal(text, values.TextOf(setting));
                values.Pipeline().Validate();
            }

            foreach (var text in wrong)
            {
                var error = Assert.Throws<ConfigurationException>(() => load(text));
                var sentence = Assert.Single(error.Problems);
                Assert.StartsWith(place, sentence, StringComparison.Ordinal);
                Assert.EndsWith(".", sentence, StringComparison.Ordinal);
                Assert.Equal(ExitCode.Usage, error.ExitCode);
                if (setting is not TextSetting && setting is not SecretSetting)
                {
                    Assert.EndsWith($"; it must be {setting.Range}.", sentence, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Every_text_that_is_looked_at_has_its_ends_here() => Assert.Equal(
        Settings.All.OfType<TextSetting>().Where(setting => setting.Check is not null).Select(setting => setting.Key), Texts.Keys);

    /// <summary>Each place, with the beginning of its error message for the setting.</summary>
    private IEnumerable<(string Complaint, Func<string, SettingValues> Load)> Places(Setting setting)
    {
        var file = _folder.PathOf("sernetd.yaml");
        var company = Company.Where(said => !said.StartsWith(setting.Key + '=', StringComparison.Ordinal)).ToArray();
        yield return ($"{file}:{(setting.Section.Length == 0 ? 1 : 2)}: {setting.Key} ", InFile);
        yield return ($"{setting.Variable} ", text => SettingsLoader.Load(
            new CommandLineSettings(null, [.. company.Select(Said)], []), new Dictionary<string, string> { [setting.Variable] = text }));
        yield return ($"--set {setting.Key} ", text => Parse("--set", $"{setting.Key}={text}"));
        foreach (var flag in new[] { setting.Flag, setting.ShortFlag }.OfType<string>())
        {
            yield return ($"{setting.Flag} ", text => Parse(flag, text));
        }

        SettingValues InFile(string text)
        {
            var line = $"{setting.Name}: '{text}'\n";
            File.WriteAllText(file, setting.Section.Length == 0 ? line : $"{setting.Section}:\n  {line}");
            return Parse("--config", file);
        }

        SettingValues Parse(params string[] arguments)
        {
            var command = new System.CommandLine.RootCommand();
            var options = new SettingOptions(command);
            var parsed = command.Parse([.. arguments, .. company.SelectMany(said => new[] { "--set", said })]);
            Assert.Empty(parsed.Errors);
            return options.Load(parsed);
        }

        static Assignment Said(string text) => new(text.Split('=')[0], text.Split('=')[1], new Origin("test"));
    }

    private (string[] Right, string[] Wrong) Values(Setting setting) => setting switch
    {
        NumberSetting number => Ends(number.Bounds, ""),
        OptionalNumberSetting number => Ends(number.Bounds),
        OptionalChoiceSetting<Models.Sensitivity> choice => ([.. choice.Suggestions, ""], ["nonsense"]),
        IntegerSetting { Min: var min, Max: var max } => ([$"{min}", $"{max}"], [$"{min - 1}", $"{max + 1L}", $"{min}.5", "many", ""]),
        SwitchSetting => (["true", "false", "yes", "no", "on", "off"], ["maybe", "2", ""]),
        ListenSetting => (["on", "off", "1", "65535", "127.0.0.2:8099", "[::1]:8099"], ["0", "65536", "kitchen:8099", "8099:", "::1"]),
        SecretSetting => ([_folder.Write("secret", Long(16))], ["/nowhere"]),
        TextSetting text when Texts.TryGetValue(text.Key, out var ends) => ends,
        TextSetting => (["x", "", "ä b"], []),
        _ => ([.. setting.Suggestions], ["nonsense", ""]),
    };

    private static (string[] Right, string[] Wrong) Ends(Bounds bounds, params string[] wrong)
    {
        var lowest = bounds.MinIncluded ? bounds.Min : bounds.Min + 0.001;
        var below = bounds.MinIncluded ? Math.BitDecrement(bounds.Min) : bounds.Min;
        return double.IsFinite(bounds.Max)
            ? ([Text(lowest), Text(bounds.Max)], [Text(below), Text(Math.BitIncrement(bounds.Max)), "nan", "1,5", .. wrong])
            : ([Text(lowest), "1e300"], [Text(below), "inf", "nan", .. wrong]);

        static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Long(int length) => new('a', length);
}
