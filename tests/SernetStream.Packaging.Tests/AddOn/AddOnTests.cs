using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SernetStream.Testing;
using YamlDotNet.RepresentationModel;

namespace SernetStream.Packaging.Tests.AddOn;

/// <summary>
/// The add-on for Home Assistant, as far as that goes without a container engine: its description by the rules of the
/// Supervisor, and its script with options and an answer of a Supervisor, up to the settings that sernetd gets.
/// </summary>
public sealed partial class AddOnTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Folder => Repository.PathOf("packaging", "home-assistant-addon");

    private static YamlMappingNode Description => Yaml("config.yaml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_description_is_as_the_Supervisor_asks_for_it()
    {
        string[] required = ["name", "version", "slug", "description", "arch"];
        string[] known = [.. required, "startup", "boot", "init", "audio", "services", "options", "schema"];
        var keys = Keys(Description);
        Assert.Subset(keys, required.ToHashSet());
        Assert.Subset(known.ToHashSet(), keys);
        Assert.Matches("^[a-z0-9_]+$", Description["slug"].ToString());
        Assert.Subset(new HashSet<string> { "aarch64", "amd64" }, Description["arch"].AllNodes.OfType<YamlScalarNode>().Select(arch => arch.Value!).ToHashSet());
        Assert.Contains(Description["startup"].ToString(), new[] { "initialize", "system", "services", "application", "once" });
        Assert.All(
            ((YamlSequenceNode)Description["services"]).Select(service => service.ToString()),
            service => Assert.Matches("^(?:mqtt|mysql):(?:provide|want|need)$", service));
        Assert.Equal(
            XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value, Description["version"].ToString());
    }

    [Fact]
    public void Each_option_has_a_type_that_its_default_is_of_and_a_translation()
    {
        var (options, schema) = ((YamlMappingNode)Description["options"], (YamlMappingNode)Description["schema"]);
        Assert.All(schema.Children.Values, type => Assert.Matches(OptionType(), type.ToString()));
        Assert.Equal(
            Keys(schema).Where(key => !schema[key].ToString().EndsWith('?')).Order(),
            Keys(options).Order());
        Assert.All(Keys(options), key =>
        {
            var (type, value) = (schema[key].ToString(), options[key].ToString());
            var pattern = type switch
            {
                "bool" => "^(?:true|false)$",
                _ when type.StartsWith("list(", StringComparison.Ordinal) => $"^(?:{type[5..^1]})$",
                _ when type.StartsWith("match(", StringComparison.Ordinal) => type[6..^1],
                _ => ".+",
            };
            Assert.Matches(pattern, value);
        });
        Assert.Equal(Keys(schema).Order(), Keys((YamlMappingNode)Yaml("translations", "en.yaml")["configuration"]).Order());
        Assert.Equal(Description["arch"].AllNodes.OfType<YamlScalarNode>().Select(arch => arch.Value).Order(), Keys((YamlMappingNode)Yaml("build.yaml")["build_from"]).Order());
    }

    [Fact]
    public void The_image_copies_only_what_is_there_or_what_its_page_says()
    {
        var copied = File.ReadAllLines(Path.Combine(Folder, "Dockerfile")).Where(line => line.StartsWith("COPY ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[1]);
        Assert.All(copied, name => Assert.True(name == "sernetd_*.deb" || File.Exists(Path.Combine(Folder, name)), name));
    }

    [NeedsFact("shellcheck")]
    public async Task The_script_has_no_fault_that_shellcheck_knows()
    {
        var said = await ChildProcess.RunAsync("shellcheck", [Path.Combine(Folder, "run.sh")]);
        Assert.True(said.ExitCode == 0, said.Output);
    }

    [NeedsFact("jq", "curl")]
    public async Task The_options_and_the_broker_of_the_Supervisor_become_settings()
    {
        using var supervisor = new Supervisor(
            """{"result":"ok","data":{"addon":"core_mosquitto","host":"core-mosquitto","port":1883,"ssl":false,"username":"addons","password":"a b\"c","protocol":"3.1.1"}}""");
        var settings = await RunAsync(
            supervisor,
            """{"node":"Living Room","area":"Living Room","device":"default","sensitivity":"calm","learn":"labelled","statistics":true,"level_interval":10,"log_level":"debug"}""");

        Assert.Equal(0, settings.ExitCode);
        Assert.Equal("Bearer secret", supervisor.Authorization);
        string[] wanted =
        [
            "node: Living Room", "sensitivity: calm", "learn: labelled", "log_level: debug", "device: default", "broker: mqtt://core-mosquitto:1883",
            "user: addons", "area: Living Room", "statistics: true", "level_interval: 10",
        ];
        Assert.All(wanted, line => Assert.Contains(settings.Output.Split('\n'), said => said.TrimStart().StartsWith(line, StringComparison.Ordinal)));
        Assert.DoesNotContain("a b\"c", settings.Output, StringComparison.Ordinal);
        Assert.Contains("SERNET_MQTT_PASSWORD", settings.Output, StringComparison.Ordinal);
    }

    [NeedsFact("jq", "curl")]
    public async Task A_broker_that_is_named_needs_no_Supervisor_and_without_either_it_says_what_to_do()
    {
        var named = await RunAsync(null, """{"node":"home","device":"default","broker":"mqtts://broker.local","user":"ada","password":"x"}""");
        Assert.True(named.ExitCode == 0, named.Errors);
        Assert.Contains("broker: mqtts://broker.local", named.Output, StringComparison.Ordinal);

        var nothing = await RunAsync(null, """{"node":"home","device":"default"}""");
        Assert.Equal(2, nothing.ExitCode);
        Assert.Contains("install the Mosquitto add-on", nothing.Errors, StringComparison.Ordinal);
    }

    private Task<ChildResult> RunAsync(Supervisor? supervisor, string options) => ChildProcess.RunAsync(
        "bash",
        [Path.Combine(Folder, "run.sh")],
        new Dictionary<string, string>
        {
            ["OPTIONS"] = _folder.Write("options.json", options),
            ["SUPERVISOR"] = supervisor?.Address ?? $"http://127.0.0.1:{Loopback.FreePort()}",
            ["SUPERVISOR_TOKEN"] = "secret",
            ["STATE_DIRECTORY"] = _folder.FullPath,
            ["SERNETD"] = $"dotnet {Repository.Daemon} config print",
        });

    private static HashSet<string> Keys(YamlMappingNode node) => [.. node.Children.Keys.Select(key => key.ToString())];

    private static YamlMappingNode Yaml(params string[] path)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Path.Combine([Folder, .. path]))));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    // https://developers.home-assistant.io/docs/add-ons/configuration#options--schema
    [GeneratedRegex(@"^(?:str|bool|int|float|email|url|password|port|str\(\d*,\d*\)|int\(\d*,\d*\)|float\([\d.]*,[\d.]*\)|list\([^|()]+(?:\|[^|()]+)+\)|match\(.+\))\??$")]
    private static partial Regex OptionType();

    /// <summary>Answers as the Supervisor's service API does.</summary>
    private sealed class Supervisor : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Supervisor(string answer)
        {
            Address = $"http://127.0.0.1:{Loopback.FreePort()}";
            _listener.Prefixes.Add($"{Address}/services/mqtt/");
            _listener.Start();
            _ = AnswerAsync(Encoding.UTF8.GetBytes(answer));
        }

        public string Address { get; }

        public string? Authorization { get; private set; }

        public void Dispose() => _listener.Close();

        private async Task AnswerAsync(byte[] answer)
        {
            var context = await _listener.GetContextAsync();
            Authorization = context.Request.Headers["Authorization"];
            await context.Response.OutputStream.WriteAsync(answer);
            context.Response.Close();
        }
    }
}
