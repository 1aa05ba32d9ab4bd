using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Configuration.Reference;
using SernetStream.Daemon.Hosting;
using SernetStream.Models;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd config check|print|template|schema|reference</c>: what can be set, and what is.</summary>
internal static class ConfigCommand
{
    public static Command Create() => new("config", "Check, print and document the configuration.")
    {
        CreateCheck(),
        CreatePrint(),
        Print("template", "Print a configuration file with every setting, its meaning, range and default.", ConfigurationTemplate.Write),
        Print("schema", "Print the JSON schema of the configuration file, for editors.", ConfigurationSchema.Write),
        Print("reference", "Print all settings as a page of documentation (Markdown).", ConfigurationReference.Write),
    };

    private static Command CreateCheck()
    {
        var file = new Argument<string?>("FILE") { Description = "The configuration file.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("check", "List everything that is wrong with a configuration, line by line; exit code 2 if anything is.")
        {
            file,
        };
        var options = new SettingOptions(command);
        command.SetAction(parsed =>
        {
            var values = options.Load(parsed, parsed.GetValue(file));
            CheckModel(values);
            values.Pipeline().Validate();
            House.CheckModels(values);
            values.Mqtt();
            NodePlugins.Check(values);
            Warn(values);
            Console.WriteLine("The configuration can be used.");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Whether there is such a model; the loader reports faults in it.</summary>
    private static void CheckModel(SettingValues values)
    {
        try
        {
            ModelCatalog.CardOf(values.Get(Settings.Model));
        }
        catch (ModelException error)
        {
            throw new ConfigurationException([(values.OriginOf(Settings.Model)?.Prefix ?? "") + error.Message]);
        }
    }

    private static Command CreatePrint()
    {
        var command = new Command("print", "Print every setting with its current value, and where it comes from.");
        var options = new SettingOptions(command);
        command.SetAction(parsed =>
        {
            var values = options.Load(parsed);
            Warn(values);
            EffectiveConfiguration.Write(values, Console.Out);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Print(string name, string help, Action<TextWriter> write)
    {
        var command = new Command(name, help);
        command.SetAction(_ =>
        {
            write(Console.Out);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Warn(SettingValues values)
    {
        foreach (var warning in values.Warnings)
        {
            Console.Error.WriteLine($"sernetd: {warning}");
        }
    }
}
