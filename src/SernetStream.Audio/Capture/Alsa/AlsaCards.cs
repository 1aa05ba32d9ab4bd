using System.Globalization;

namespace SernetStream.Audio.Capture.Alsa;

/// <summary>The sound cards the kernel knows.</summary>
internal static class AlsaCards
{
    private const string Prefix = "card";

    /// <summary>
    /// The number of a card by its short name, such as <c>Device</c> in <c>hw:Device</c>: the name stays when a card is
    /// plugged in at another place, the number does not. Null if there is none of that name.
    /// </summary>
    public static int? NumberOf(string name) => NumberOf(name, "/proc/asound");

    // The folder is where the kernel links each card's name to the folder of its number.
    internal static int? NumberOf(string name, string folder)
    {
        var link = new FileInfo(Path.Combine(folder, Path.GetFileName(name)));
        return link.LinkTarget is { } target
            && target.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(target.AsSpan(Prefix.Length), CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
    }
}
