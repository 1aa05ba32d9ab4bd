using System.Globalization;
using SernetStream.Audio.Streams;
using SernetStream.Dsp.Resampling;

namespace SernetStream.Audio.Network;

/// <summary>
/// What an address says after its <c>?</c> about samples that do not say themselves what they are:
/// <c>rate=16000&amp;channels=1&amp;format=s16le</c>; and who may send: <c>from=192.168.1.20</c>.
/// </summary>
/// <param name="Rate">Frames per second; null if it does not say.</param>
/// <param name="Channels">Samples in a frame; null if it does not say.</param>
/// <param name="Encoding">How a sample lies in bytes; null if it does not say.</param>
/// <param name="From">Who may send; null: everybody.</param>
internal readonly record struct StreamQuery(int? Rate, int? Channels, PcmEncoding? Encoding, AllowedSenders? From = null)
{
    /// <summary>What is meant when nothing is said.</summary>
    public const int DefaultRate = 16_000;

    private static readonly Dictionary<string, PcmEncoding> Encodings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["s16le"] = PcmEncoding.Signed16,
        ["s16be"] = PcmEncoding.Signed16Network,
        ["s24le"] = PcmEncoding.Signed24,
        ["s32le"] = PcmEncoding.Signed32,
        ["f32le"] = PcmEncoding.FloatingPoint32,
        ["alaw"] = PcmEncoding.ALaw,
        ["mulaw"] = PcmEncoding.MuLaw,
    };

    /// <summary>The format, with what is usual for raw samples where nothing is said.</summary>
    public StreamFormat OrRaw() => new(Rate ?? DefaultRate, Channels ?? 1, Encoding ?? PcmEncoding.Signed16);

    /// <summary>Reads it.</summary>
    /// <param name="text">With its <c>?</c>; may be empty.</param>
    /// <param name="query">What it says.</param>
    /// <returns>What is wrong; null if nothing is.</returns>
    public static string? Read(string text, out StreamQuery query)
    {
        query = default;
        foreach (var part in text.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.Split('=', 2) is [var left, var right] ? (left, right) : (part, "");
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (name)
            {
                case "rate" when SampleRates.IsSupported(number):
                    query = query with { Rate = number };
                    break;
                case "rate":
                    return $"its rate must be a number from {SampleRates.Lowest} to {SampleRates.Highest}.";
                case "channels" when number is >= 1 and <= ChannelChoice.MaxChannels:
                    query = query with { Channels = number };
                    break;
                case "channels":
                    return $"its channels must be a number from 1 to {ChannelChoice.MaxChannels}.";
                case "format" when Encodings.TryGetValue(value, out var encoding):
                    query = query with { Encoding = encoding };
                    break;
                case "format":
                    return $"its format must be one of {string.Join(", ", Encodings.Keys)}.";
                case "from" when AllowedSenders.TryRead(value) is { } senders:
                    query = query with { From = senders };
                    break;
                case "from":
                    return AllowedSenders.Problem;
                default:
                    return "only rate, channels, format and from may follow its ?, as in ?rate=16000&channels=1&format=s16le&from=192.168.1.20.";
            }
        }

        return null;
    }
}
