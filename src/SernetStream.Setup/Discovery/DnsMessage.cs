using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace SernetStream.Setup.Discovery;

/// <summary>The kinds of records that are asked for and understood (RFC 1035, RFC 2782, RFC 3596).</summary>
internal enum DnsKind : ushort
{
    /// <summary>The IPv4 address of a host.</summary>
    A = 1,

    /// <summary>An instance of a service.</summary>
    Pointer = 12,

    /// <summary>What else an instance says of itself (RFC 6763, section 6).</summary>
    Text = 16,

    /// <summary>The IPv6 address of a host.</summary>
    Aaaa = 28,

    /// <summary>The host and port of an instance.</summary>
    Service = 33,
}

/// <summary>An answer: a name, and what is known of it. Which of the values there are depends on the kind.</summary>
/// <param name="Kind">What is known.</param>
/// <param name="Name">Of whom, without the last dot.</param>
/// <param name="Target">The instance or the host; of a text its entries, with a zero between them.</param>
/// <param name="Port">The port of a service.</param>
/// <param name="Address">The address of a host.</param>
internal sealed record DnsAnswer(DnsKind Kind, string Name, string Target = "", int Port = 0, IPAddress? Address = null);

/// <summary>
/// The few messages of multicast DNS (RFC 6762) that finding a service needs. Anybody in the network may send an answer,
/// so a damaged one is no answer, and never an exception.
/// </summary>
internal static class DnsMessage
{
    private const int HeaderLength = 12;
    private const ushort Internet = 1;
    private const int LongestLabel = 63;
    private const int LongestName = 255;
    private const int MostRecords = 256;
    private const ushort IsResponse = 0x8000;

    /// <summary>A question for each name and kind, in one message.</summary>
    public static byte[] Query(IReadOnlyCollection<(string Name, DnsKind Kind)> questions)
    {
        var message = new List<byte>(new byte[HeaderLength]) { [5] = (byte)questions.Count };
        foreach (var (name, kind) in questions)
        {
            foreach (var label in Labels(name))
            {
                message.Add((byte)label.Length);
                message.AddRange(label);
            }

            message.AddRange([0, 0, (byte)kind, 0, (byte)Internet]);
        }

        return [.. message];
    }

    /// <summary>The answers of a message, those that were added without a question among them; none if it is damaged.</summary>
    public static IReadOnlyList<DnsAnswer> Answers(ReadOnlySpan<byte> message)
    {
        var answers = new List<DnsAnswer>();
        if (message.Length < HeaderLength || (Number(message, 2) & IsResponse) == 0)
        {
            return answers;
        }

        var at = HeaderLength;
        for (var question = 0; question < Number(message, 4); question++)
        {
            if (ReadName(message, ref at) is null || at + 4 > message.Length)
            {
                return answers;
            }

            at += 4;
        }

        var records = Number(message, 6) + Number(message, 8) + Number(message, 10);
        for (var record = 0; record < Math.Min(records, MostRecords); record++)
        {
            if (!TryRead(message, ref at, out var answer))
            {
                return answers;
            }

            if (answer is not null)
            {
                answers.Add(answer);
            }
        }

        return answers;
    }

    private static bool TryRead(ReadOnlySpan<byte> message, ref int at, out DnsAnswer? answer)
    {
        answer = null;
        if (ReadName(message, ref at) is not { } name || at + 10 > message.Length)
        {
            return false;
        }

        var (kind, length) = ((DnsKind)Number(message, at), Number(message, at + 8));
        at += 10;
        if (at + length > message.Length)
        {
            return false;
        }

        var data = message.Slice(at, length);
        var inside = at;
        at += length;
        switch (kind)
        {
            case DnsKind.A when length == 4:
            case DnsKind.Aaaa when length == 16:
                answer = new DnsAnswer(kind, name, Address: new IPAddress(data));
                break;
            case DnsKind.Pointer when ReadName(message, ref inside) is { } target:
                answer = new DnsAnswer(kind, name, target);
                break;
            case DnsKind.Service when length > 6:
                inside += 6;
                answer = ReadName(message, ref inside) is { } host ? new DnsAnswer(kind, name, host, Number(data, 4)) : null;
                break;
            case DnsKind.Text:
                answer = new DnsAnswer(kind, name, Entries(data));
                break;
            default:
                break;
        }

        return true;
    }

    /// <summary>The entries of a text: each begins with its length.</summary>
    private static string Entries(ReadOnlySpan<byte> data)
    {
        var entries = new List<string>();
        while (data.Length > 0 && data[0] < data.Length)
        {
            entries.Add(Encoding.UTF8.GetString(data.Slice(1, data[0])).Replace('\0', ' '));
            data = data[(1 + data[0])..];
        }

        return string.Join('\0', entries);
    }

    /// <summary>Reads a name, which may continue earlier in the message; null if it is none.</summary>
    private static string? ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        var name = new StringBuilder();
        var (place, end) = (at, -1);
        while (place < message.Length)
        {
            var length = message[place];
            if (length == 0)
            {
                at = end >= 0 ? end : place + 1;
                return name.ToString();
            }

            if (length >= 0xC0)
            {
                // Each jump goes back, so there is an end to them.
                var target = place + 1 < message.Length ? Number(message, place) & 0x3FFF : int.MaxValue;
                if (target >= place)
                {
                    return null;
                }

                (end, place) = (end >= 0 ? end : place + 2, target);
                continue;
            }

            if (length > LongestLabel || place + 1 + length > message.Length || name.Length + length >= LongestName)
            {
                return null;
            }

            // A dot within a label is escaped, as in names that people write.
            name.Append(name.Length > 0 ? "." : "")
                .Append(Encoding.UTF8.GetString(message.Slice(place + 1, length)).Replace(".", "\\.", StringComparison.Ordinal));
            place += 1 + length;
        }

        return null;
    }

    private static IEnumerable<byte[]> Labels(string name) => name.Replace("\\.", "\0", StringComparison.Ordinal)
        .Split('.', StringSplitOptions.RemoveEmptyEntries)
        .Select(label => Encoding.UTF8.GetBytes(label.Replace('\0', '.')))
        .Where(label => label.Length <= LongestLabel);

    private static ushort Number(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
}
