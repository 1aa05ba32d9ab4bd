namespace SernetStream.Audio.Network;

/// <summary>
/// The address of a stream on the network: <c>http://</c>, <c>https://</c>, <c>rtsp://</c> or <c>rtsps://</c>. It may hold a user's
/// name, and never a password: everybody on the machine can read a command line. Messages repeat neither.
/// </summary>
public sealed class StreamAddress
{
    private static readonly string[] Schemes = ["http://", "https://", "rtsp://", "rtsps://"];

    private readonly Uri _uri;

    private StreamAddress(Uri uri)
    {
        _uri = uri;
    }

    /// <summary>Its name for people and logs: without the user, and without the query, which often holds a key.</summary>
    public string Name => $"{_uri.Scheme}://{_uri.Host}{(_uri.IsDefaultPort ? "" : $":{_uri.Port}")}{_uri.AbsolutePath}";

    /// <summary>Whether it is RTSP, as cameras speak it.</summary>
    internal bool IsRtsp => _uri.Scheme.StartsWith("rtsp", StringComparison.Ordinal);

    /// <summary>Whether a device is the address of a stream, perhaps a wrong one.</summary>
    public static bool IsOne(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Schemes.Any(scheme => device.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
    }

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

        return Uri.TryCreate(device, UriKind.Absolute, out var uri) && uri.Host.Length > 0
            ? null
            : "it is not the address of a stream. Write http://host:port/path or rtsp://user@host/path.";
    }

    /// <summary>Takes an address.</summary>
    /// <exception cref="ArgumentException">It is wrong; the message does not repeat it.</exception>
    public static StreamAddress Parse(string device) => ProblemOf(device) is { } problem
        ? throw new ArgumentException($"device cannot be used: {problem}", nameof(device))
        : new StreamAddress(new Uri(device));

    /// <summary>For ffmpeg's input alone: never in an argument, a log or a message.</summary>
    internal string WithPassword(string? password)
    {
        var user = _uri.UserInfo;
        return password is null || user.Length == 0
            ? _uri.AbsoluteUri
            : new UriBuilder(_uri) { UserName = user, Password = Uri.EscapeDataString(password) }.Uri.AbsoluteUri;
    }
}
