using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using SernetStream.Configuration;
using SernetStream.Daemon.Hosting;
using SernetStream.Diagnosis;
using SernetStream.Diary;
using SernetStream.Publishing.Output;
using SernetStream.State;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd doctor</c>: what is wrong with this machine and this configuration, and what to do.</summary>
internal static class DoctorCommand
{
    private static readonly JsonWriterOptions JsonOptions = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON object instead of lines." };
        var command = new Command(
            "doctor",
            "Check what the daemon needs: libraries, the device (it listens for a second), the model, the broker, plugins, "
            + "the clock. Says what to do about each fault; exit code 1 if there is one.")
        {
            json,
        };
        var options = new SettingOptions(command);
        command.SetAction((parsed, stop) =>
        {
            var findings = Look(() => options.Load(parsed), stop);
            return Task.FromResult(parsed.GetValue(json) ? WriteJson(findings)
                : Finding.WriteLines(findings, Console.Out) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static IEnumerable<Finding> Look(Func<SettingValues> load, CancellationToken stop)
    {
        var findings = new List<Finding>();
        SettingValues? settings = null;
        try
        {
            settings = load();
            settings.Pipeline().Validate();
            findings.AddRange(settings.Warnings.Select(
                warning => Finding.Warning("configuration", warning, "'sernetd config template' lists all settings.")));
        }
        catch (ConfigurationException error)
        {
            settings = null;
            findings.AddRange(error.Problems.Select(
                problem => Finding.Fault("configuration", problem, "Correct it; 'sernetd config check FILE' checks it again.")));
        }

        return findings.Concat(settings is null ? Machine() : Machine().Concat(Configured(settings, isRunning: false, stop)));
    }

    /// <summary>What a node that runs may look at again: all but its device and its port, which it has itself.</summary>
    public static IEnumerable<Finding> LookBeside(SettingValues settings, CancellationToken stop) =>
        Machine().Concat(Configured(settings, isRunning: true, stop));

    private static IEnumerable<Finding> Machine() =>
    [
        .. MachineChecks.Processor(),
        .. MachineChecks.Clock(TimeProvider.System, File.GetLastWriteTimeUtc(Program())),
    ];

    /// <summary>The file that this program was built into: the native one, or the assembly that dotnet was given.</summary>
    private static string Program()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, typeof(DoctorCommand).Assembly.GetName().Name + ".dll");
        return File.Exists(assembly) ? assembly : Environment.ProcessPath ?? AppContext.BaseDirectory;
    }

    private static IEnumerable<Finding> Configured(SettingValues settings, bool isRunning, CancellationToken stop)
    {
        Finding? wrong = null;
        Mqtt.MqttOptions? mqtt = null;
        try
        {
            mqtt = settings.Mqtt();
        }
        catch (ConfigurationException error)
        {
            wrong = Finding.Of("broker", error, "Correct it; 'sernetd config check FILE' checks it again.");
        }

        var rooms = settings.Rooms.Count > 0 ? settings.Rooms.Select(room => room.Values).ToList() : [settings];
        var devices = rooms.Select(room => room.Get(Settings.Device)).ToList();
        var isFile = devices.Exists(device => device.StartsWith(Audio.AudioSourceFactory.FilePrefix, StringComparison.Ordinal));
        var programs = devices.Select(Audio.AudioSourceFactory.ProgramOf).OfType<(string Program, string Package)>().Distinct();
        var libraries = MachineChecks.Libraries(
        [
            new("libportaudio.so.2", "libportaudio2", "capture from devices", devices.Exists(Audio.AudioSourceFactory.IsSoundCard)),
            new("libsndfile.so.1", "libsndfile1", "read audio files", isFile),
            new(SqliteLibrary.FileName, SqliteLibrary.Package, SqliteLibrary.Purpose, settings.Get(Settings.DiaryKeep)),
        ]);

        // One after the other as they are printed, so that a slow one is seen to be at work.
        return libraries
            .Concat(programs.Select(needed => MachineChecks.Program(needed.Program, needed.Package, "hear this device")))
            .Concat(rooms.DistinctBy(room => room.Get(Settings.Model)).SelectMany(room => ModelChecks.All(room.Get(Settings.Model), room.Pipeline())))
            .Concat(isRunning ? [] : rooms.SelectMany(room => LookAtDevice(room, stop)))
            .Concat(Later(() => wrong is null ? LookAtBroker(settings, mqtt) : [wrong]))
            .Concat(ServiceChecks.Plugins(settings, NodePlugins.Check))
            .Concat(isRunning ? [] : Later(() => ServiceChecks.Dashboard(settings.Web(), TimeProvider.System)))
            .Concat(ServiceChecks.Secrets(settings));
    }

    /// <summary>Listens to the device for a second.</summary>
    internal static IEnumerable<Finding> LookAtDevice(SettingValues settings, CancellationToken stop) => Later(() => DeviceChecks.Listen(
        settings.Get(Settings.Device),
        () => Audio.AudioSourceFactory.Open(
            settings.Get(Settings.Device),
            settings.Speed(),
            settings.Get(Settings.StandardInputRate),
            settings.Capture(),
            cancellationToken: stop),
        stop));

    /// <summary>Tries what this node needs of its broker.</summary>
    internal static IEnumerable<Finding> LookAtBroker(SettingValues settings, Mqtt.MqttOptions? mqtt)
    {
        // As the daemon would, but without claiming a device: an unknown id is not yet a device of any hub.
        if (mqtt is { DeviceId: null })
        {
            mqtt = mqtt with { DeviceId = DeviceFolder.IdOf(mqtt.Node) ?? Mqtt.Diagnosis.MqttProbe.NoDevice };
        }

        var controls = new NodeControls(new Pipeline.PipelineControls(settings.Pipeline().Smoother), new LogThreshold(settings.LogLevel()), settings.Card()?.OperatingPoints);
        return BrokerCheck.Look(mqtt, settings.Description(), controls);
    }

    private static IEnumerable<Finding> Later(Func<Finding> look) => Later(() => [look()]);

    private static IEnumerable<Finding> Later(Func<IEnumerable<Finding>> look)
    {
        foreach (var finding in look())
        {
            yield return finding;
        }
    }

    private static int WriteJson(IEnumerable<Finding> findings)
    {
        var all = findings.ToList();
        using var output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("version"u8, ProductVersion.Text);
            Finding.WriteAll(json, all);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return all.All(finding => finding.Severity != Severity.Fault) ? ExitCode.Done : ExitCode.Failed;
    }
}
