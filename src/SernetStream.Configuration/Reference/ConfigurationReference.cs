namespace SernetStream.Configuration.Reference;

/// <summary>All settings as a page of documentation.</summary>
internal static class ConfigurationReference
{
    public static void Write(TextWriter output)
    {
        output.Write(
            """
            # Configuration

            <!-- Made by 'make generate' from the settings in the code; a test holds that it is current. -->

            Settings come from three places, and a later one overrides an earlier: the configuration file
            (`sernetd --config FILE`, or `SERNET_CONFIG`), environment variables, and the command line. Everything can be set in
            each of them; on the command line what has no option of its own is `--set KEY=VALUE`.

            * `sernetd config check FILE` says everything that is wrong, with line numbers.
            * `sernetd config print` shows every setting as it is in force, and where it was said.
            * `sernetd config template` prints a file with all of them ([configs/sernetd.yaml](../../configs/sernetd.yaml));
              `sernetd config schema` the JSON schema by which editors complete and check it.

            A secret never stands in the file or on the command line: a `…_file` setting names a file that holds it, or the
            variable without `_FILE` holds it itself.

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

            ## `plugins`

            Naming a plugin loads it from `plugin_directory`; what stands below its name is handed to it. `enabled: false` keeps a
            section without loading the plugin. The plugins and their settings: [plugins.md](plugins.md).

            A plugin's settings have options and variables too: `time_limit` of Webhook is `--set plugins.Webhook.time_limit=2` and
            `SERNET_PLUGINS_WEBHOOK_TIME_LIMIT`; what lies deeper stands behind two underscores, as in
            `SERNET_PLUGINS_WYOMING_URIS__0`. A variable of a plugin loads it, as its name in the file does. Secrets (`authorization`, `secret`,
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
