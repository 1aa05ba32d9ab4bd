using SernetStream.Configuration;
using SernetStream.Diagnosis;
using SernetStream.Setup.Discovery;

namespace SernetStream.Setup;

/// <summary>
/// A newcomer's first run: microphone, broker and room are chosen, the configuration is tested, written and, where there is
/// a service, started. Nothing is written before it was tested.
/// </summary>
internal sealed class FirstRun(ConfigurationDraft draft, FirstRunOptions options, FirstRunTests tests, Conversation talk)
{
    private const string PasswordName = "mqtt.password";

    /// <summary>Does it all.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        talk.Say($"This sets up {draft.File}. Nothing is changed before the end; Ctrl-C stops it.");
        draft.Set(Settings.Device, options.Device ?? Kept("microphone", Settings.Device) ?? Microphones.Choose(talk, stop));
        await ChooseBrokerAsync(options.Broker ?? Kept("broker", Settings.MqttBroker), stop).ConfigureAwait(false);
        NameNode();
        while (!options.IsUntested && Test() is { Count: > 0 } faults)
        {
            if (!talk.IsAsking)
            {
                throw new CommandException(
                    ExitCode.Unavailable, $"{string.Join(' ', faults.Select(fault => $"{fault.What} {fault.Remedy}"))} Nothing was written; --no-test writes it all the same.");
            }

            if (!await MendAsync(faults, stop).ConfigureAwait(false))
            {
                break;
            }
        }

        if (!Write())
        {
            talk.Say("Nothing was changed.");
            return ExitCode.Failed;
        }

        StartService();
        return ExitCode.Done;
    }

    /// <summary>What the file says of a setting, if it is to stay; null: it is to be chosen.</summary>
    private string? Kept(string what, Setting setting) =>
        draft.Said(setting) is { } said && talk.Confirm($"The {what} is {said}. Keep it?", proposed: true) ? said : null;

    private async Task ChooseBrokerAsync(string? address, CancellationToken stop)
    {
        if (address is null)
        {
            talk.Say("Looking for MQTT brokers…");
            var found = await BrokerFinder.FindAsync(stop).ConfigureAwait(false);
            if (!talk.IsAsking && found.Count > 1)
            {
                throw new CommandException(
                    ExitCode.Usage, $"There are several MQTT brokers: {string.Join(", ", found.Select(broker => broker.Address))}. Say which by --mqtt.");
            }

            talk.Say(found.Count == 0 ? "None was found: type its address, such as broker.local, or 'none'." : "Brokers, by number; or type another address, or 'none':");
            address = talk.Choose(
                "Which broker?", [.. found.Select(broker => (broker.Address, $"{broker.Address}, {broker.Description}"))], found.Count > 0 ? 0 : -1, "--mqtt BROKER, or --mqtt none");
        }

        while (address != FirstRunOptions.NoBroker && ConfigurationDraft.Problem(Settings.MqttBroker, address) is { } wrong)
        {
            address = talk.IsAsking
                ? talk.Ask($"{wrong} Which broker?", proposed: null, "--mqtt")
                : throw new CommandException(ExitCode.Usage, $"--mqtt {wrong}");
        }

        if (address == FirstRunOptions.NoBroker)
        {
            draft.SetNothing(Settings.MqttBroker);
            return;
        }

        draft.Set(Settings.MqttBroker, address);
        if (options.User is { } user)
        {
            draft.Set(Settings.MqttUser, user);
        }

        if (options.PasswordFile is { } file)
        {
            draft.Set(Settings.MqttPassword, Path.GetFullPath(file));
        }
    }

    private void NameNode()
    {
        if (options.Node is { } name)
        {
            draft.Set(Settings.Node, ConfigurationDraft.Problem(Settings.Node, name) is { } wrong ? throw new CommandException(ExitCode.Usage, $"--node: {wrong}") : name);
            return;
        }

        draft.Set(Settings.Node, talk.Ask(
            "What is this room called?",
            draft.Said(Settings.Node) ?? ConfigurationDraft.Nameless,
            "--node",
            answer => ConfigurationDraft.Problem(Settings.Node, answer)));
    }

    /// <summary>The faults of the draft, said as they are found.</summary>
    private List<Finding> Test()
    {
        talk.Say("Testing it:");
        var values = draft.Load();
        var faults = new List<Finding>();
        foreach (var finding in tests.Device(values).Concat(tests.Broker(values)))
        {
            talk.Say($"  {finding.Severity.ToString().ToLowerInvariant(),-8} {finding.Check,-7} {finding.What}");
            if (finding.Remedy.Length > 0)
            {
                talk.Say($"{"",19}→ {finding.Remedy}");
            }

            if (finding.Severity == Severity.Fault)
            {
                faults.Add(finding);
            }
        }

        return faults;
    }

    /// <summary>Asks what is to be done about faults.</summary>
    /// <returns>Whether it is to be tested again.</returns>
    private async Task<bool> MendAsync(List<Finding> faults, CancellationToken stop)
    {
        var isBroker = faults.Exists(fault => fault.Check == "broker");
        (string Value, string Shown)[] ways =
        [
            .. isBroker ? new[] { ("user", "say user and password at the broker"), ("broker", "choose another broker") } : [("device", "choose another microphone")],
            ("again", "test it again"), ("write", "write it as it is"),
        ];
        switch (talk.Choose("What now?", ways, 0, "--no-test"))
        {
            case "user":
                draft.Set(Settings.MqttUser, talk.Ask("User at the broker?", proposed: null, "--mqtt-user"));
                draft.Set(Settings.MqttPassword, Keep(talk.AskSecret("Password (it is not shown)?", "--mqtt-password-file")));
                return true;
            case "broker":
                await ChooseBrokerAsync(address: null, stop).ConfigureAwait(false);
                return true;
            case "device":
                draft.Set(Settings.Device, Microphones.Choose(talk, stop));
                return true;
            case "write":
                return false;
            default:
                return true;
        }
    }

    /// <summary>Keeps a password in a file beside the configuration, which only its owner and the service may read.</summary>
    private string Keep(string password)
    {
        var file = Path.Combine(Path.GetDirectoryName(draft.File)!, PasswordName);
        if (File.Exists(file) && !options.Force && !talk.Confirm($"{file} is there already. Write the new password into it?", proposed: false))
        {
            return file;
        }

        ServiceManager.WriteSecret(file, password + "\n");
        return file;
    }

    private bool Write()
    {
        if (draft.Changes.Count == 0)
        {
            talk.Say($"{draft.File} says all of this already.");
            return true;
        }

        if (draft.Replaced is { Count: > 0 } replaced)
        {
            var list = string.Join(", ", replaced);
            if (!talk.IsAsking && !options.Force)
            {
                throw new CommandException(ExitCode.Usage, $"{draft.File} has settings already that this would replace: {list}. Nothing was changed; --force replaces them.");
            }

            talk.Say($"These settings of the file are replaced: {list}.");
        }

        talk.Say($"{(draft.IsNew ? "New" : "Changed")} in {draft.File}; everything else, comments too, stays as it is:");
        draft.Changes.ForEach(line => talk.Say($"  {line}"));
        if (!options.Force && !talk.Confirm("Write it?", proposed: true))
        {
            return false;
        }

        draft.Write();
        talk.Say($"Written: {draft.File}.");
        return true;
    }

    private void StartService()
    {
        var isOfService = draft.File == ServiceManager.ConfigurationFile && ServiceManager.IsThere;
        if (!isOfService || options.Service == false)
        {
            talk.Say($"Start it with: sernetd --config {draft.File}");
            return;
        }

        if (!ServiceManager.MayStart)
        {
            talk.Say($"Start it now and at each boot with: {ServiceManager.Command}");
            return;
        }

        if (options.Service == true || talk.Confirm("Start the service now and at each boot?", proposed: true))
        {
            talk.Say(ServiceManager.Start() is { } problem
                ? throw new CommandException(ExitCode.Failed, $"The configuration is written, but the service does not start: {problem} 'journalctl -u sernetd' says why.")
                : "The service runs: 'journalctl -u sernetd' shows its log.");
        }
    }
}
