using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace SernetStream.Audio.Capture.Alsa;

/// <summary>
/// What a sound card can do, asked of ALSA itself. PortAudio would have to be asked by trial, prints lines of its
/// source code to standard error for each refusal, and delivers only the first channel of a card that has no fewer
/// than two.
/// </summary>
/// <param name="Rates">Those of the rates asked about that it works at.</param>
/// <param name="MinChannels">Channels it cannot go below.</param>
/// <param name="MaxChannels">Channels it cannot go above.</param>
internal sealed unsafe partial record AlsaHardware(IReadOnlyList<int> Rates, int MinChannels, int MaxChannels)
{
    /// <summary>ALSA's name of a hardware device, from PortAudio's; null if it is none.</summary>
    public static string? NameOf(AudioDevice device) =>
        device.HostApi == "ALSA" && HardwareName().Match(device.Name) is { Success: true } match
            ? match.Groups["name"].Value
            : null;

    /// <summary>Opens a device for a moment and asks.</summary>
    /// <param name="name">ALSA's name, such as <c>hw:1,0</c>.</param>
    /// <param name="rates">Samples per second to ask about.</param>
    /// <param name="error">A negative errno if it cannot be opened, else 0.</param>
    /// <returns>Null if it cannot be opened or says nothing.</returns>
    public static AlsaHardware? Ask(string name, IEnumerable<int> rates, out int error)
    {
        nint device;
        error = AlsaNative.Open(&device, name, AlsaNative.StreamCapture, AlsaNative.ModeNonBlocking);
        if (error < 0)
        {
            return null;
        }

        nint parameters = 0;
        try
        {
            return AlsaNative.AllocateParameters(&parameters) < 0 ? null : Read(device, parameters, rates);
        }
        finally
        {
            if (parameters != 0)
            {
                AlsaNative.FreeParameters(parameters);
            }

            _ = AlsaNative.Close(device);
        }
    }

    /// <summary>ALSA's words for an error.</summary>
    public static string ErrorText(int error) =>
        Marshal.PtrToStringUTF8((nint)AlsaNative.ErrorText(error)) ?? $"error {error}";

    private static AlsaHardware? Read(nint device, nint parameters, IEnumerable<int> rates)
    {
        uint fewest;
        uint most;
        return AlsaNative.AnyParameters(device, parameters) < 0
            || AlsaNative.MinChannels(parameters, &fewest) < 0
            || AlsaNative.MaxChannels(parameters, &most) < 0
                ? null
                : new AlsaHardware(
                    [.. rates.Where(rate => AlsaNative.TestRate(device, parameters, (uint)rate, 0) == 0)],
                    (int)fewest,
                    (int)Math.Min(most, int.MaxValue));
    }

    [GeneratedRegex(@"\((plug)?(?<name>hw:\d+,\d+)\)$")]
    private static partial Regex HardwareName();
}
