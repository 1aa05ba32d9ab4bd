using SernetStream.Configuration;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>Plugins may have any settings: which places accept them, and that secrets are not readable by others.</summary>
public sealed class PluginSettingsTests : IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_plugin_is_loaded_where_it_is_named_and_not_switched_off()
    {
        var file = File("plugins:\n  Exec:\n    command: [notify, -v]\n    limit: {seconds: 3}\n  Wyoming:\n  Webhook:\n    enabled: false\n");

        var values = SettingsLoader.Load(
            new CommandLineSettings(file, [new Assignment("plugins.Exec.limit.seconds", "5", new Origin("--set"))], ["Bus"]), NoEnvironment);

        Assert.Equal(["Exec", "Wyoming", "Bus"], values.Plugins.Select(plugin => plugin.Name));
        Assert.Equal(
            new Dictionary<string, string?> { ["command:0"] = "notify", ["command:1"] = "-v", ["limit:seconds"] = "5" },
            values.Plugins[0].Values);
    }

    [Fact]
    public void A_plugins_settings_may_stand_in_each_place_and_a_later_one_overrides()
    {
        var file = File("plugins:\n  Webhook:\n    url: http://a/\n    time_limit: 1\n    retries: 1\n  Mood-lamp:\n  Exec:\n    enabled: false\n");
        var environment = new Dictionary<string, string>
        {
            ["SERNET_PLUGINS_WEBHOOK_TIME_LIMIT"] = "2",
            ["SERNET_PLUGINS_WEBHOOK_RETRIES"] = "2",
            ["SERNET_PLUGINS_WEBHOOK_KINDS__0"] = "final",
            ["SERNET_PLUGINS_WEBHOOK_HEADERS__AUTHORIZATION"] = "Bearer x",
            ["SERNET_PLUGINS_MOOD_LAMP_ROOM"] = "kitchen",
            ["SERNET_PLUGINS_EXEC_AT_ONCE"] = "3",
            ["SERNET_PLUGINS_BUS_URL"] = "ws://b/",
            ["SERNET_PLUGINS_LAMP_ROOM"] = "hall",
        };
        var values = SettingsLoader.Load(
            new CommandLineSettings(file, [new Assignment("plugins.Webhook.retries", "3", new Origin("--set"))], ["Bus"]), environment);

        // A plugin that the file disables stays disabled.
        Assert.Equal(["Webhook", "Mood-lamp", "Bus"], values.Plugins.Select(plugin => plugin.Name));
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["url"] = "http://a/",
                ["time_limit"] = "2",
                ["retries"] = "3",
                ["kinds:0"] = "final",
                ["headers:authorization"] = "Bearer x",
            },
            values.Plugins[0].Values);
        Assert.Equal("kitchen", values.Plugins[1].Values["room"]);
        Assert.Equal("ws://b/", values.Plugins[2].Values["url"]);
        Assert.StartsWith(
            "The environment variable SERNET_PLUGINS_LAMP_ROOM belongs to none of the plugins here: ",
            Assert.Single(values.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_that_lies_in_the_folder_is_loaded_by_its_variable()
    {
        Directory.CreateDirectory(_folder.PathOf("MyLamp"));
        var values = SettingsLoader.Load(
            CommandLineSettings.None,
            new Dictionary<string, string> { ["SERNET_PLUGIN_DIRECTORY"] = _folder.FullPath, ["SERNET_PLUGINS_MYLAMP_ROOM"] = "hall" });
        var plugin = Assert.Single(values.Plugins);
        Assert.Equal(("MyLamp", "hall"), (plugin.Name, plugin.Values["room"]));
        Assert.Empty(values.Warnings);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("authorization")]
    [InlineData("headers.Authorization")]
    [InlineData("headers.Proxy-Authorization")]
    [InlineData("password")]
    [InlineData("token")]
    public void A_plugins_secret_is_refused_in_the_file_and_on_the_command_line(string key)
    {
        var plain = key[(key.LastIndexOf('.') + 1)..].ToLowerInvariant().Replace('-', '_');
        var because = $"plugins.Webhook.{key} is a secret, which does not belong here; write it to a file that only the daemon can "
            + $"read, and name that file with plugins.Webhook.{plain}_file (or set SERNET_PLUGINS_WEBHOOK_{plain.ToUpperInvariant()}).";
        var error = Assert.Throws<ConfigurationException>(() => SettingsLoader.Load(
            new CommandLineSettings(null, [new Assignment($"plugins.Webhook.{key}", "hunter2", new Origin("--set"))], []), NoEnvironment));
        Assert.Equal(because, error.Message);

        var file = File($"plugins:\n  Webhook:\n    {key.Replace(".", ":\n      ", StringComparison.Ordinal)}: hunter2\n");
        error = Assert.Throws<ConfigurationException>(
            () => SettingsLoader.Load(new CommandLineSettings(file, [], []), NoEnvironment));
        Assert.EndsWith(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    private string File(string text) => _folder.Write("sernetd.yaml", text);
}
