using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SernetStream.Audio.Network;

/// <summary>The addresses and networks that may send to this machine: <c>192.168.1.20,10.0.0.0/8</c>.</summary>
/// <remarks>Not of <see cref="IPNetwork"/>: that compares an <see cref="IPAddress"/>, which would be allocated for each packet.</remarks>
internal sealed class AllowedSenders
{
    /// <summary>What is wrong with a list that cannot be read.</summary>
    public const string Problem =
        "its from must be addresses or networks, such as from=192.168.1.20 or from=192.168.1.0/24,192.168.2.7.";

    private const int BitsPerByte = 8;
    private readonly (byte[] Address, int Bits)[] _networks;

    private AllowedSenders((byte[] Address, int Bits)[] networks)
    {
        _networks = networks;
    }

    /// <summary>Reads a list; null if it is none.</summary>
    public static AllowedSenders? TryRead(string text)
    {
        var networks = text.Split(',').Select(TryReadOne).ToList();
        return networks.TrueForAll(network => network is not null) ? new AllowedSenders([.. networks.Select(network => network!.Value)]) : null;
    }

    /// <summary>Whether one may send.</summary>
    /// <param name="address">The 4 bytes of an IPv4 address, or the 16 of IPv6.</param>
    public bool Admits(ReadOnlySpan<byte> address)
    {
        foreach (var (network, bits) in _networks)
        {
            if (network.Length == address.Length && IsIn(address, network, bits))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsIn(ReadOnlySpan<byte> address, ReadOnlySpan<byte> network, int bits)
    {
        var (whole, rest) = Math.DivRem(bits, BitsPerByte);
        return address[..whole].SequenceEqual(network[..whole])
            && (rest == 0 || (address[whole] ^ network[whole]) >> (BitsPerByte - rest) == 0);
    }

    private static (byte[] Address, int Bits)? TryReadOne(string text)
    {
        var parts = text.Split('/');
        // IPAddress takes 7 for 0.0.0.7, which nobody means.
        if (parts.Length > 2 || !(parts[0].Contains(':', StringComparison.Ordinal) || parts[0].Count(c => c == '.') == 3)
            || !IPAddress.TryParse(parts[0], out var address))
        {
            return null;
        }

        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var all = bytes.Length * BitsPerByte;
        return parts.Length == 1 ? (bytes, all)
            : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits <= all ? (bytes, bits)
            : null;
    }
}

/// <summary>Turns away what others send than those who may, and counts it.</summary>
/// <param name="allowed">Who may send; null: everybody.</param>
internal sealed class SenderGuard(AllowedSenders? allowed)
{
    private static readonly byte[] MappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    private long _refused;

    /// <summary>Whether anybody is turned away.</summary>
    public bool IsStrict => allowed is not null;

    /// <summary>Packets, or connections, that were turned away.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Who was turned away first, in a clause; null if nobody was.</summary>
    public string? Note { get; private set; }

    /// <summary>Whether what comes from there is heard. It allocates only when it refuses for the first time.</summary>
    public bool Admits(SocketAddress sender)
    {
        const int At4 = 4;
        const int At6 = 8;
        var bytes = sender.Buffer.Span;
        return Admits(sender.Family == AddressFamily.InterNetwork ? bytes.Slice(At4, 4) : bytes.Slice(At6, 16));
    }

    /// <summary>The same, of an address as 4 or 16 bytes.</summary>
    public bool Admits(ReadOnlySpan<byte> address)
    {
        var plain = address.StartsWith(MappedPrefix) ? address[MappedPrefix.Length..] : address;
        if (allowed is null || allowed.Admits(plain))
        {
            return true;
        }

        Interlocked.Increment(ref _refused);
        Note ??= $"what {new IPAddress(plain)} sends is left out: the address is not in from=";
        return false;
    }
}
