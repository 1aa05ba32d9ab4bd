using System.Globalization;
using System.Text.RegularExpressions;
using SernetStream.Audio.Capture.Alsa;

namespace SernetStream.Audio.Capture;

/// <summary>Finds the device that the user named, in the list of devices.</summary>
internal sealed partial class DeviceChooser(IReadOnlyList<AudioDevice> devices, IReadOnlyList<string> allNames)
{
    /// <summary>Looks up the number of an ALSA card by its name; null if there is none.</summary>
    public Func<string, int?> CardNumber { get; init; } = AlsaCards.NumberOf;

    /// <summary>
    /// Chooses by, in this order: number, exact name, <c>default</c>, ALSA's <c>hw:CARD[,DEVICE]</c> with a card's
    /// number or name, unique part of a name in any case. <c>plughw:</c> means the same as <c>hw:</c>, because what
    /// the plug layer would do, converting rate and channels, is done here anyhow.
    /// </summary>
    /// <exception cref="AudioDeviceException">None fits, or several do; the message lists them.</exception>
    public AudioDevice Choose(string request)
    {
        var wanted = request.Trim();
        if (wanted.All(char.IsAsciiDigit) && int.TryParse(wanted, CultureInfo.InvariantCulture, out var index))
        {
            return devices.FirstOrDefault(device => device.Index == index) ?? throw NotFound(wanted);
        }

        var exact = devices.FirstOrDefault(device => device.Name == wanted);
        if (exact is not null)
        {
            return exact;
        }

        if (wanted == "default")
        {
            return devices.FirstOrDefault(device => device.IsDefault) ?? throw NotFound(wanted);
        }

        var hardware = HardwareName().Match(wanted);
        return hardware.Success ? ByHardware(wanted, hardware) : ByPart(wanted);
    }

    /// <summary>
    /// Finds a device that was lost: the same name with the same numbers; or the same name with another card's number,
    /// as it gets when it is plugged in elsewhere; or else what the request means now. A request by number alone means
    /// only the device that had it: numbers change when devices come and go.
    /// </summary>
    /// <exception cref="AudioDeviceException">It is not there (yet).</exception>
    public AudioDevice ChooseAgain(string request, AudioDevice before) =>
        devices.FirstOrDefault(device => device.Name == before.Name && device.HostApi == before.HostApi)
        ?? devices.FirstOrDefault(device => Unnumbered(device) == Unnumbered(before) && device.HostApi == before.HostApi)
        ?? (request.Trim().All(char.IsAsciiDigit) ? throw NotFound(before.Name) : Choose(request));

    /// <summary>The name but for its card's number. The device's number on the card stays: a card may have several of one name.</summary>
    private static string Unnumbered(AudioDevice device) => CardNumberInName().Replace(device.Name, "");

    private AudioDevice ByHardware(string wanted, Match hardware)
    {
        var name = hardware.Groups["card"].Value;
        var card = int.TryParse(name, CultureInfo.InvariantCulture, out var number) ? number : CardNumber(name);

        // PortAudio ends the names of hardware devices in (hw:1,0), or (plughw:1,0) with PA_ALSA_PLUGHW set.
        var ending = hardware.Groups["device"] is { Success: true } device
            ? $"hw:{card},{device.Value})"
            : $"hw:{card},";
        bool Fits(AudioDevice device) =>
            device.Name.LastIndexOf('(') is >= 0 and var at
            && device.Name[at..] is var suffix
            && (suffix.StartsWith($"({ending}", StringComparison.Ordinal)
                || suffix.StartsWith($"(plug{ending}", StringComparison.Ordinal));

        return (card is null ? null : devices.FirstOrDefault(Fits)) ?? throw NotFound(wanted);
    }

    private AudioDevice ByPart(string wanted)
    {
        var fitting = devices
            .Where(device => device.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return fitting.Select(device => device.Name).Distinct().Count() switch
        {
            0 => throw NotFound(wanted),
            1 => fitting[0],
            _ => throw new AudioDeviceException(
                AudioDeviceError.Ambiguous,
                $"\"{wanted}\" is part of several devices' names: {List(fitting)}. "
                + "Write more of the name, or the number."),
        };
    }

    private AudioDeviceException NotFound(string wanted)
    {
        if (devices.All(device => device.Name != wanted) && allNames.Contains(wanted))
        {
            return new AudioDeviceException(
                AudioDeviceError.NoInputs, $"The device \"{wanted}\" only plays and cannot capture. {Others()}");
        }

        if (devices.Count == 0 && SoundCardPermission.IsDenied())
        {
            return new AudioDeviceException(
                AudioDeviceError.NoPermission,
                $"No device \"{wanted}\" is visible. {SoundCardPermission.Advice}");
        }

        var hint = wanted switch
        {
            "pulse" => " It needs a running PulseAudio or PipeWire and the package libasound2-plugins.",
            _ when File.Exists(wanted) => $" To read the file of that name, write file:{wanted}.",
            _ => "",
        };
        return new AudioDeviceException(
            AudioDeviceError.NotFound, $"There is no capture device \"{wanted}\".{hint} {Others()}");
    }

    private string Others() => devices.Count == 0
        ? "There are no capture devices: plug in a microphone, or start the sound server."
        : $"There are: {List(devices)}.";

    private static string List(IEnumerable<AudioDevice> some) =>
        string.Join("; ", some.Select(device => $"{device.Index} {device.Name}"));

    [GeneratedRegex(@"(?<=\((plug)?hw:)\d+(?=,\d+\)$)")]
    private static partial Regex CardNumberInName();

    [GeneratedRegex(@"^(plug)?hw:(CARD=)?(?<card>[^,=]+)(,(DEV=)?(?<device>\d+))?$")]
    private static partial Regex HardwareName();
}
