using System.Globalization;
using System.Text.RegularExpressions;

namespace SernetStream.Testing;

/// <summary>
/// The network and file calls of a process, as strace(1) recorded them. It has every call, not only what is open at one moment.
/// </summary>
public sealed partial class SystemCallTrace(IReadOnlyList<string> lines)
{
    /// <summary>The arguments of strace for such a trace. They come before those of the program.</summary>
    public static string[] Arguments(string traceFile) =>
    [
        "-f", "-qq", "-s", "200", "-o", traceFile,
        "-e", "trace=%network,open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat",
    ];

    public static SystemCallTrace Load(string traceFile) => new(File.ReadAllLines(traceFile));

    /// <summary>Internet addresses that were connected to or sent to, as <c>127.0.0.1:1883</c>.</summary>
    public IReadOnlySet<string> Peers => Addresses(line => !Calls(line, "bind") && !Calls(line, "getsockname"));

    /// <summary>Internet addresses that were bound, as <c>0.0.0.0:8080</c>.</summary>
    public IReadOnlySet<string> Listened => Addresses(line => Calls(line, "bind"));

    /// <summary>Paths of local sockets that were connected to.</summary>
    public IReadOnlySet<string> LocalPeers =>
        Matches(lines.Where(line => Calls(line, "connect")), LocalAddress(), match => match.Groups["path"].Value);

    /// <summary>Files and folders that the process created or opened for writing, or tried to.</summary>
    public IReadOnlySet<string> Written => Matches(lines.Where(Writes), QuotedPath(), match => match.Groups["path"].Value);

    /// <summary>Files that the process opened only to read.</summary>
    public IReadOnlySet<string> OnlyRead =>
        Matches(lines.Where(line => Calls(line, "open") && !Writes(line)), QuotedPath(), match => match.Groups["path"].Value);

    /// <summary>Whether a line is about a call, or the rest of one that another thread's calls came between.</summary>
    private static bool Calls(string line, string call) => line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries) is [_, var rest]
        && (rest.TrimStart().StartsWith(call, StringComparison.Ordinal) || rest.TrimStart().StartsWith($"<... {call}", StringComparison.Ordinal));

    private static bool Writes(string line) => Calls(line, "open")
        ? line.Contains("O_WRONLY", StringComparison.Ordinal) || line.Contains("O_RDWR", StringComparison.Ordinal)
            || line.Contains("O_CREAT", StringComparison.Ordinal)
        : Calls(line, "creat") || Calls(line, "mk") || Calls(line, "rename") || Calls(line, "link") || Calls(line, "symlink");

    private static HashSet<string> Matches(IEnumerable<string> lines, Regex pattern, Func<Match, string> text) =>
        [.. lines.Select(line => pattern.Match(line)).Where(match => match.Success).Select(text)];

    private HashSet<string> Addresses(Func<string, bool> wanted) => Matches(
        lines.Where(wanted), InternetAddress(),
        match => string.Create(CultureInfo.InvariantCulture, $"{match.Groups["host"].Value}:{match.Groups["port"].Value}"));

    // {sa_family=AF_INET, sin_port=htons(1883), sin_addr=inet_addr("127.0.0.1")}, and AF_INET6 with inet_pton(AF_INET6, "::1", ...)
    [GeneratedRegex("""sa_family=AF_INET6?, sin6?_port=htons\((?<port>\d+)\).*?"(?<host>[0-9a-fA-F.:]+)"[,)]""")]
    private static partial Regex InternetAddress();

    [GeneratedRegex("""sa_family=AF_UNIX, sun_path=@?"(?<path>[^"]*)"\}""")]
    private static partial Regex LocalAddress();

    [GeneratedRegex("\"(?<path>[^\"]+)\"")]
    private static partial Regex QuotedPath();
}
