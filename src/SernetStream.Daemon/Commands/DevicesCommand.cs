using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SernetStream.Audio.Capture;
using SernetStream.Configuration;
using SernetStream.Setup.Discovery;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd devices</c>: what can be listened to.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON array instead of a table." };
        var alone = new Option<bool>("--no-network") { Description = "Do not ask the local network; nothing is sent." };
        var command = new Command(
            "devices",
            "List the capture devices, the sources of PulseAudio or PipeWire, and the Wyoming services and cameras that answer in the local network.")
        {
            json, alone,
        };
        command.SetAction((parsed, stop) => RunAsync(parsed.GetValue(json), parsed.GetValue(alone), stop));
        return command;
    }

    private static async Task<int> RunAsync(bool json, bool alone, CancellationToken stop)
    {
        // The network is asked while the machine is.
        var streams = alone ? Task.FromResult<IReadOnlyList<ListedDevice>>([]) : StreamFinder.FindAsync(stop);
        var devices = await OfThisMachineAsync(streams).ConfigureAwait(false);
        IReadOnlyList<ListedDevice> all = [.. devices, .. await streams.ConfigureAwait(false)];
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(all, DevicesJsonContext.Default.IReadOnlyListListedDevice));
            return ExitCode.Done;
        }

        if (devices.Count == 0)
        {
            Console.WriteLine("There is no capture device: plug a microphone in, or start a sound server.");
        }

        foreach (var device in all)
        {
            Console.WriteLine(LineOf(device));
        }

        if (!alone && all.Count == devices.Count)
        {
            Console.WriteLine("No Wyoming service and no camera of the local network says that it is there.");
        }

        return ExitCode.Done;
    }

    /// <summary>The devices. That PortAudio is missing is an error only where there is nothing else.</summary>
    private static async Task<IReadOnlyList<ListedDevice>> OfThisMachineAsync(Task<IReadOnlyList<ListedDevice>> streams)
    {
        try
        {
            return AudioDevices.ListAll(Note);
        }
        catch (AudioDeviceException error)
        {
            if ((await streams.ConfigureAwait(false)).Count == 0)
            {
                throw;
            }

            Note(error.Message);
            return [];
        }
    }

    private static void Note(string note) => Console.Error.WriteLine($"sernetd: {note}");

    private static string LineOf(ListedDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(device.IsDefault ? '*' : ' ')}{device.Index,3}  {device.Device,-48}  {device.HostApi,-10}  {(device.MaxInputChannels is null
            ? device.Name
            : $"{device.MaxInputChannels,3} ch  {device.DefaultSampleRate,6:0} Hz{(device.IsMonitor ? "  what a loudspeaker plays" : "")}")}");
}

/// <summary>Writes devices without reflection, which a native build has not.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyList<ListedDevice>))]
internal sealed partial class DevicesJsonContext : JsonSerializerContext;
