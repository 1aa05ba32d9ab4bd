using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace SernetStream.Configuration;

/// <summary>Where a server of ours listens.</summary>
/// <param name="Address">An address of this machine, or any.</param>
/// <param name="Port">A TCP port.</param>
internal sealed record ListenAddress(IPAddress Address, int Port)
{
    /// <summary>The port if none is named.</summary>
    public const int DefaultPort = 8099;

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Every address of this machine: a socket for IPv6 takes IPv4 too, but there may be no IPv6.</summary>
    public static ListenAddress Any(int port, bool hasIpv6) => new(hasIpv6 ? IPAddress.IPv6Any : IPAddress.Any, port);

    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}

/// <summary>Where to listen; nowhere by default. <c>on</c> means this machine alone, at the default port.</summary>
internal sealed class ListenSetting(string key, string help) : Setting<ListenAddress?>(key, null, help)
{
    public override string Range =>
        "on (127.0.0.1:8099), off, a port on 127.0.0.1, ADDRESS:PORT, [IPV6]:PORT, or *:PORT (every address)";

    public override bool IsSwitch => true;

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        JsonObject.WriteTexts(writer, "type"u8, ["string", "integer", "boolean"]);
        writer.WriteString("default"u8, "off"u8);
    }

    protected override string? Parse(string text, out ListenAddress? value)
    {
        value = null;
        switch (text.Trim().ToLowerInvariant())
        {
            case "" or "off" or "false" or "no":
                return null;
            case "on" or "true" or "yes":
                value = new ListenAddress(IPAddress.Loopback, ListenAddress.DefaultPort);
                return null;
            case var said:
                value = ReadAddress(said);
                return value is null ? Refuse(text) : null;
        }
    }

    protected override string Text(ListenAddress? value) => value?.ToString() ?? "off";

    private static ListenAddress? ReadAddress(string said)
    {
        var colon = said.LastIndexOf(':');
        if (!int.TryParse(said.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return null;
        }

        var host = colon < 0 ? "localhost" : said[..colon];
        return host switch
        {
            "localhost" => new ListenAddress(IPAddress.Loopback, port),
            "*" => ListenAddress.Any(port, Socket.OSSupportsIPv6),
            ['[', .. var inner, ']'] => IPAddress.TryParse(inner, out var six) ? new ListenAddress(six, port) : null,
            _ => !host.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(host, out var four)
                ? new ListenAddress(four, port)
                : null,
        };
    }
}
