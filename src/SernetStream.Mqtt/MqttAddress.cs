using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SernetStream.Mqtt;

/// <summary>Reads what people write for a broker. Messages never repeat a part that may hold a password.</summary>
internal static class MqttAddress
{
    private const string Forms =
        "Write broker.local, broker.local:1883, [::1]:1883, mqtt://user@host:port, mqtts://host for TLS, or ws://host:port/path "
        + "or wss://host for WebSockets.";

    private const string DefaultPath = "/mqtt";

    /// <inheritdoc cref="MqttOptions.Parse"/>
    public static MqttOptions Parse(string address, bool encrypted)
    {
        ArgumentNullException.ThrowIfNull(address);
        var (rest, transport) = WithoutScheme(address.Trim());
        encrypted |= transport.Encrypted;
        string? path = null;
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (transport.IsWebSocket)
        {
            path = slash < 0 || slash == rest.Length - 1 ? DefaultPath : Path(rest[slash..]);
            rest = slash < 0 ? rest : rest[..slash];
        }

        string? user = null;
        var at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            user = User(rest[..at]);
            rest = rest[(at + 1)..];
        }

        var (host, port) = HostAndPort(rest, DefaultPort(transport.IsWebSocket, encrypted));
        if (host.Length == 0)
        {
            throw new FormatException($"The MQTT broker's host is missing. {Forms}");
        }

        if (host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "/?#\\@[]".Contains(c)))
        {
            throw new FormatException($"\"{host}\" is not the name of a host. {Forms}");
        }

        return new MqttOptions
        {
            Host = host,
            Port = port,
            UserName = user,
            Tls = encrypted ? new MqttTls() : null,
            WebSocketPath = path,
        };
    }

    private static int DefaultPort(bool isWebSocket, bool encrypted) => (isWebSocket, encrypted) switch
    {
        (true, true) => 443,
        (true, false) => 80,
        (false, true) => MqttTls.DefaultPort,
        _ => MqttOptions.DefaultPort,
    };

    private static (string Address, Transport Transport) WithoutScheme(string address)
    {
        var end = address.IndexOf("://", StringComparison.Ordinal);
        if (end < 0)
        {
            return (address, default);
        }

        var rest = address[(end + 3)..];
        var bare = rest.EndsWith('/') ? rest[..^1] : rest;
        return address[..end].ToUpperInvariant() switch
        {
            "MQTT" or "TCP" => (bare, default),
            "MQTTS" or "SSL" or "TLS" or "MQTT+SSL" => (bare, new Transport(Encrypted: true, IsWebSocket: false)),
            "WS" => (rest, new Transport(Encrypted: false, IsWebSocket: true)),
            "WSS" => (rest, new Transport(Encrypted: true, IsWebSocket: true)),
            _ => throw new FormatException($"\"{address[..end]}://\" is not a kind of MQTT broker. {Forms}"),
        };
    }

    private static string Path(string path) =>
        path.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '#' or '\\') || path.Contains('@', StringComparison.Ordinal)
            ? throw new FormatException($"The path of the MQTT broker's WebSockets cannot be used. {Forms}")
            : path;

    private static string User(string user)
    {
        if (user.Contains(':', StringComparison.Ordinal))
        {
            throw new FormatException(
                "The MQTT address has a password in it, which everybody could read in the list of processes. "
                + "Give the user name only, and the password in a file or the environment.");
        }

        return user.Length > 0
            ? Uri.UnescapeDataString(user)
            : throw new FormatException($"The MQTT address has an @ without a user name. {Forms}");
    }

    private static (string Host, int Port) HostAndPort(string text, int defaultPort)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IsIPv6(text[1..end]))
            {
                throw new FormatException($"\"{text}\" is not an IPv6 address in brackets, such as [::1]:1883.");
            }

            return (text[1..end], Port(text[(end + 1)..], defaultPort));
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return (text, defaultPort);
        }

        if (colon == text.LastIndexOf(':'))
        {
            return (text[..colon], Port(text[colon..], defaultPort));
        }

        return IsIPv6(text)
            ? (text, defaultPort)
            : throw new FormatException($"\"{text}\" has more than one colon. {Forms}");
    }

    private static bool IsIPv6(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static int Port(string text, int defaultPort)
    {
        if (text.Length == 0)
        {
            return defaultPort;
        }

        return text[0] == ':'
            && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= 1 and <= 65535
            ? port
            : throw new FormatException(
                $"\"{text.TrimStart(':')}\" is not a port; write a number from 1 to 65535.");
    }

    private readonly record struct Transport(bool Encrypted, bool IsWebSocket);
}
