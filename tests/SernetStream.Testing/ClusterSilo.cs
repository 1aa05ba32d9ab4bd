using System.Globalization;
using System.Text.Json;

namespace SernetStream.Testing;

/// <summary>A silo as a process of its own, on free loopback ports.</summary>
public sealed class ClusterSilo : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly IReadOnlyList<string> _arguments;
    private ChildProcess _process;

    private ClusterSilo(string name, IReadOnlyList<string> arguments, int port)
    {
        (Name, _arguments, Port) = (name, arguments, port);
        _process = Run();
    }

    private const string ModelWithBaseline = "light-sernet-home-int8";

    /// <summary>The built <c>sernet-cluster</c>.</summary>
    public static string Program { get; } = Path.Combine(Path.GetDirectoryName(Repository.Daemon)!, "cluster", "sernet-cluster.dll");

    public string Name { get; }

    /// <summary>Where audio goes, and the fleet page is.</summary>
    public int Port { get; }

    /// <summary>Where other silos reach it.</summary>
    public int SiloPort => int.Parse(_arguments[_arguments.ToList().IndexOf("--silo") + 1].Split(':')[1], CultureInfo.InvariantCulture);

    public ChildProcess Process => _process;

    /// <summary>The arguments of a silo.</summary>
    public static IReadOnlyList<string> Arguments(string name, string redis, string secretFile, int port, params IEnumerable<string> more) =>
    [
        "--redis", redis, "--secret-file", secretFile, "--name", name, "--listen", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
        "--silo", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Loopback.FreePort()}"), .. more,
    ];

    /// <summary>Starts one; it has not joined yet.</summary>
    public static ClusterSilo Start(string name, string redis, string secretFile, params IEnumerable<string> more)
    {
        var port = Loopback.FreePort();
        // So that rooms can learn a baseline, which must move with them.
        return new ClusterSilo(name, Arguments(name, redis, secretFile, port, [.. more, "--model", ModelWithBaseline]), port);
    }

    /// <summary>A file with a secret that only its owner can read.</summary>
    public static string WriteSecret(TemporaryFolder folder, string name, string secret)
    {
        var path = folder.Write(name, secret);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    /// <summary>Waits until it is a member.</summary>
    public Task JoinedAsync() => _process.ErrorLineAsync(line => line.Contains("has joined", StringComparison.Ordinal), TimeSpan.FromSeconds(180));

    /// <summary>Waits for a line of its log.</summary>
    public Task<string> SaysAsync(string words) => _process.ErrorLineAsync(line => line.Contains(words, StringComparison.Ordinal), TimeSpan.FromSeconds(120));

    /// <summary>Starts it again after its process has ended.</summary>
    public async Task StartAgainAsync()
    {
        await _process.ExitAsync(TimeSpan.FromSeconds(120));
        await _process.DisposeAsync();
        _process = Run();
    }

    /// <summary>A page of it.</summary>
    public Uri PageOf(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}"));

    /// <summary>The rooms that it hears, as it reports them.</summary>
    public async Task<IReadOnlyList<JsonElement>> RoomsAsync()
    {
        var answer = await Http.GetStringAsync(PageOf("/silo.json"));
        return [.. JsonDocument.Parse(answer).RootElement.GetProperty("silos")[0].GetProperty("rooms").EnumerateArray()];
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private ChildProcess Run() => ChildProcess.Start("dotnet", [Program, .. _arguments]);
}
