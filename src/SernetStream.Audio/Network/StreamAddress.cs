using System.Net;

namespace SernetStream.Audio.Network;

/// <summary>
/// The address of a stream on the network: <c>http://</c>, <c>https://</c>, <c>rtsp://</c> or <c>rtsps://</c>, which ffmpeg hears, or
/// <c>tcp://</c>, <c>tcp-listen://</c>, <c>udp://</c>, <c>rtp://</c>, <c>wyoming://</c> or
/// <c>wyoming-listen://</c>. It may hold a user's name, and never a password: everybody on the
/// machine can read a command line. Messages repeat neither.
/// </summary>
public sealed class StreamAddress
{
    private static readonly string[] ByFfmpeg = ["http", "https", "rtsp", "rtsps"];
    private static readonly string[] BySocket = ["tcp", "tcp-listen", "udp", "rtp", "wyoming", "wyoming-listen"];

    private readonly Uri _uri;

    private StreamAddress(Uri uri)
    {
        _uri = uri;
        Query = IsSocket(uri.Scheme) && StreamQuery.Read(uri.Query, out var query) is null ? query : default;
    }

    /// <summary>Its name for people and logs: without the user, and without the query, which often holds a key.</summary>
    public string Name => $"{_uri.Scheme}://{_uri.Host}{(_uri.IsDefaultPort ? "" : $":{_uri.Port}")}{(IsSocket(_uri.Scheme) ? "" : _uri.AbsolutePath)}";

    /// <summary>What comes before <c>://</c>.</summary>
    internal string Scheme => _uri.Scheme;

    /// <summary>The host: a name, or an address without the brackets of IPv6.</summary>
    internal string Host => _uri.DnsSafeHost;

    /// <summary>The port.</summary>
    internal int Port => _uri.Port;

    /// <summary>What it says about samples that do not say themselves what they are.</summary>
    internal StreamQuery Query { get; }

    /// <summary>Whether others send it to this machine, at an address of its own.</summary>
    internal bool IsListened => _uri.Scheme is "tcp-listen" or "wyoming-listen" || (_uri.Scheme is "udp" or "rtp" && !(IPAddress.TryParse(Host, out var host) && LocalAddress.IsGroup(host)));

    /// <summary>Whether it is RTSP, as cameras speak it.</summary>
    internal bool IsRtsp => _uri.Scheme.StartsWith("rtsp", StringComparison.Ordinal);

    /// <summary>Whether a device is the address of a stream, perhaps a wrong one.</summary>
    public static bool IsOne(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Array.Exists([.. ByFfmpeg, .. BySocket], scheme => device.StartsWith(scheme + "://", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a device is the address of a stream that ffmpeg hears.</summary>
    public static bool IsForFfmpeg(string device) => IsOne(device) && !IsSocket(SchemeOf(device));

    /// <summary>What is wrong with an address, in a sentence that does not repeat it; null if nothing is.</summary>
    public static string? ProblemOf(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var rest = device[(device.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (rest.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            return "the address has a space or a control character in it; write a space as %20.";
        }

        if (rest.Contains('#', StringComparison.Ordinal) || rest.IndexOf('@', StringComparison.Ordinal) != rest.LastIndexOf('@')
            || rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash && slash < rest.IndexOf('@', StringComparison.Ordinal))
        {
            return "the address has a # or a misplaced @ in it. Write # as %23 and @ as %40, and a password into the file of capture.password_file.";
        }

        if (rest.IndexOf('@', StringComparison.Ordinal) is var at and >= 0 && rest[..at].Contains(':', StringComparison.Ordinal))
        {
            return "the address has a password in it, which everybody could read in the list of processes. "
                + "Give the user name only (rtsp://user@camera/stream), and the password in the file of capture.password_file.";
        }

        return !Uri.TryCreate(device, UriKind.Absolute, out var uri) || uri.Host.Length == 0
            ? "it is not the address of a stream. Write http://host:port/path or rtsp://user@host/path."
            : IsSocket(uri.Scheme) ? SocketProblem(uri) : null;
    }

    /// <summary>Takes an address.</summary>
    /// <exception cref="ArgumentException">It is wrong; the message does not repeat it.</exception>
    public static StreamAddress Parse(string device) => ProblemOf(device) is { } problem
        ? throw new ArgumentException($"device cannot be used: {problem}", nameof(device))
        : new StreamAddress(new Uri(device));

    /// <summary>The same, at one address of this machine instead of at all of them.</summary>
    internal StreamAddress At(IPAddress own) =>
        IPAddress.TryParse(Host, out var host) && (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any))
            ? new StreamAddress(new UriBuilder(_uri) { Host = own.ToString() }.Uri)
            : this;

    /// <summary>For ffmpeg's input alone: never in an argument, a log or a message.</summary>
    internal string WithPassword(string? password)
    {
        var user = _uri.UserInfo;
        return password is null || user.Length == 0
            ? _uri.AbsoluteUri
            : new UriBuilder(_uri) { UserName = user, Password = Uri.EscapeDataString(password) }.Uri.AbsoluteUri;
    }

    private static string SchemeOf(string device) => device[..device.IndexOf("://", StringComparison.Ordinal)].ToLowerInvariant();

    private static bool IsSocket(string scheme) => BySocket.Contains(scheme);

    private static string? SocketProblem(Uri uri) =>
        uri.Port is < 1 or > 65535 ? $"it has no port. Write {uri.Scheme}://host:port."
        : uri.UserInfo.Length > 0 || uri.AbsolutePath.Trim('/').Length > 0 ? $"a {uri.Scheme} address has no user and no path. Write {uri.Scheme}://host:port."
        : StreamQuery.Read(uri.Query, out var query) is { } problem ? problem
        : query.From is not null && uri.Scheme is "tcp" or "wyoming" ? $"from says who may send to this machine; sernetd connects to a {uri.Scheme} address itself."
        : null;
}
