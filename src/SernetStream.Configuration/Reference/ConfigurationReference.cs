namespace SernetStream.Configuration.Reference;

/// <summary>All settings as a page of documentation.</summary>
internal static class ConfigurationReference
{
    public static void Write(TextWriter output)
    {
        output.Write(
            """
            # Configuration

            <!-- Made by 'make generate' from the settings in the code; a test checks that it is current. -->

            Settings come from three places, and a later one overrides an earlier one: the configuration file
            (`sernetd --config FILE`, or `SERNET_CONFIG`), environment variables, and the command line. Each place accepts every
            setting. On the command line, use `--set KEY=VALUE` for a setting without an option of its own.

            * `sernetd config check FILE` lists everything that is wrong, with line numbers.
            * `sernetd config print` shows every setting with its current value, and where it comes from.
            * `sernetd config template` prints a file with all of them ([configs/sernetd.yaml](../../configs/sernetd.yaml));
              `sernetd config schema` prints the JSON schema, with which editors complete and check the file.

            Never write a secret into the file or on the command line. A `…_file` setting names a file with the secret, or the
            variable without `_FILE` holds the secret itself.

            """.ReplaceLineEndings("\n"));
        foreach (var (name, title) in Settings.Sections)
        {
            output.Write($"\n## {(name.Length == 0 ? "Top level" : $"`{name}`")}\n\n{title}\n\n");
            output.Write("| key | default | must be | meaning | option, variable |\n|---|---|---|---|---|\n");
            foreach (var setting in Settings.All.Where(setting => setting.Section == name))
            {
                WriteRow(output, setting);
            }
        }

        output.Write(
            """

            ## `rooms`

            One process can listen to many rooms. Name each, with its `device`, and with what differs there from the top level: `model`,
            `monitor`, `sensitivity`, `learn`, `speed`, and all of `capture` (but `wait_for_device`: a room always waits), `gate`, `windows` and `smoothing`.
            [rooms.md](rooms.md) explains them. `--set rooms.kitchen.gate.pad=0.2` sets one on the command line.

            ## `plugins`

            Name a plugin to load it from `plugin_directory`. The lines below its name are its settings. `enabled: false` keeps a
            section without loading the plugin. [plugins.md](plugins.md) explains the plugins and their settings.

            A plugin's settings have options and variables too: `time_limit` of Webhook is `--set plugins.Webhook.time_limit=2` and
            `SERNET_PLUGINS_WEBHOOK_TIME_LIMIT`. Two underscores mark a deeper level, as in
            `SERNET_PLUGINS_WYOMING_URIS__0`. A variable of a plugin loads it, like its name in the file. Secrets (`authorization`, `secret`,
            `password`, `token` and the like) come from a variable, or from a file that `…_file` names.

            """.ReplaceLineEndings("\n"));
    }

    private static void WriteRow(TextWriter output, Setting setting)
    {
        var variables = setting is SecretSetting secret
            ? $"`{secret.Variable}`, or the secret in `{secret.SecretVariable}`"
            : $"`{setting.Variable}`";
        var flags = string.Concat(new[] { setting.Flag, setting.ShortFlag }.OfType<string>().Select(flag => $"`{flag}`, "));
        var defaultText = setting.DefaultText.Length > 0 ? $"`{setting.DefaultText}`" : "";
        var help = setting.Help.Replace("|", "\\|", StringComparison.Ordinal);
        output.Write($"| `{setting.Key}` | {defaultText} | {setting.Range} | {help} | {flags}{variables} |\n");
    }
}
