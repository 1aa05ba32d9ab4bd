using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using SernetStream.Audio.Capture;
using SernetStream.Configuration;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd devices</c>: what can be listened to.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON array instead of a table." };
        var command = new Command("devices", "List the capture devices, and the sources of PulseAudio or PipeWire.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        var devices = AudioDevices.ListAll(note => Console.Error.WriteLine($"sernetd: {note}"));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(devices, DevicesJsonContext.Default.IReadOnlyListListedDevice));
            return ExitCode.Done;
        }

        if (devices.Count == 0)
        {
            Console.WriteLine("There is no capture device: plug a microphone in, or start a sound server.");
        }

        foreach (var device in devices)
        {
            var mark = device.IsDefault ? '*' : ' ';
            Console.WriteLine(
                $"{mark}{device.Index,3}  {device.Device,-48}  {device.HostApi,-10}  "
                + $"{device.MaxInputChannels,3} ch  {device.DefaultSampleRate,6:0} Hz{(device.IsMonitor ? "  what a loudspeaker plays" : "")}");
        }

        return ExitCode.Done;
    }
}

/// <summary>Writes devices without reflection, which a native build has not.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyList<ListedDevice>))]
internal sealed partial class DevicesJsonContext : JsonSerializerContext;
