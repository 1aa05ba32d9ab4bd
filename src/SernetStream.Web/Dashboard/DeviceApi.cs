using SernetStream.Audio.Capture;
using SernetStream.Configuration;
using SernetStream.Configuration.Yaml;
using SernetStream.Setup;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// The capture devices of this machine, and the choice of one. A node opens its device once, when it starts, so a choice is written
/// into the configuration, where that may be, and counts from the next start on.
/// </summary>
internal sealed class DeviceApi(NodeView node)
{
    private const string Restart = "Restart sernetd to listen to it: sudo systemctl restart sernetd.";

    private static readonly Setting Device = Settings.Device;

    /// <summary>Answers with the devices there are.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var (devices, problem) = await Task.Run(List).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context.Response, json =>
        {
            json.WriteString("source"u8, node.Source.Name);
            json.WriteString("chosen"u8, node.Settings.TextOf(Device));
            json.WriteString("problem"u8, problem);
            json.WriteStartArray("devices"u8);
            foreach (var device in devices)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, device.Name);
                json.WriteString("system"u8, device.HostApi);
                json.WriteNumber("channels"u8, device.MaxInputChannels);
                json.WriteNumber("rate"u8, device.DefaultSampleRate);
                json.WriteBoolean("isDefault"u8, device.IsDefault);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    /// <summary>Chooses one of them.</summary>
    public async Task ChooseAsync(HttpContext context)
    {
        var request = await JsonRequest.ReadAsync(context).ConfigureAwait(false);
        var name = request.Text("device");
        var (devices, problem) = await Task.Run(List).ConfigureAwait(false);
        if (devices.FirstOrDefault(device => device.Name == name) is not { } chosen)
        {
            await RequestErrors.AnswerAsync(
                context.Response,
                StatusCodes.Status400BadRequest,
                problem.Length > 0 ? problem : "Send {\"device\": NAME}, with a name that GET /api/devices lists.").ConfigureAwait(false);
            return;
        }

        var (sentence, line) = Choose(Microphones.StableName(chosen, devices));
        await JsonAnswer.WriteAsync(context.Response, json =>
        {
            json.WriteString("sentence"u8, sentence);
            json.WriteString("line"u8, line);
        }).ConfigureAwait(false);
    }

    /// <summary>Writes it where it is to stand, or says what to write where.</summary>
    private (string Sentence, string Line) Choose(string name)
    {
        var line = $"{Device.Key}: {YamlText.Scalar(name)}";
        if (node.IsRoom)
        {
            return ($"Write this line below {Settings.RoomsKey}: {node.Name}: in {node.Settings.File}. Then reload it: sudo systemctl reload sernetd.", line);
        }

        var origin = node.Settings.OriginOf(Device);
        if (origin is { Line: 0 })
        {
            return ($"{origin.Name} says what to listen to, and wins over any configuration file. Change it there, and start sernetd again.", line);
        }

        if (node.Settings.File is not { } file)
        {
            return ($"sernetd was started without a configuration file. Write this line into one, and start it with --config FILE.", line);
        }

        try
        {
            using var draft = new ConfigurationDraft(file);
            draft.Set(Device, name);
            draft.Write();
            return ($"Written into {file}. {Restart}", "");
        }
        catch (Exception error) when (error is CommandException or IOException or UnauthorizedAccessException)
        {
            return ($"sernetd may not change {file}, or not in this place. Write this line into it. {Restart}", line);
        }
    }

    private static (IReadOnlyList<AudioDevice> Devices, string Problem) List()
    {
        try
        {
            var devices = AudioDevices.List();
            return (devices, devices.Count > 0 ? "" : "There is no capture device: plug a microphone in, or start a sound server.");
        }
        catch (AudioDeviceException error)
        {
            return ([], error.Message);
        }
    }
}
