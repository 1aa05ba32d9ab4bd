using System.Globalization;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

/// <summary>A daemon with a dashboard that hears the spoken sample repeatedly, in real time.</summary>
internal sealed class DashboardNode : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = ChildProcess.WaitTimeout };

    private readonly string _recording;
    private readonly string[] _more;
    private readonly IReadOnlyDictionary<string, string>? _environment;
    private ChildProcess _process;

    private DashboardNode(int port, string recording, IReadOnlyDictionary<string, string>? environment, string[] more)
    {
        (Port, _recording, _environment, _more) = (port, recording, environment, more);
        _process = Launch();
    }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/");

    /// <summary>Every event it has printed so far, by sequence number.</summary>
    public IReadOnlyDictionary<long, JsonElement> Events => _process.OutputLines
        .Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(printed => printed.GetProperty("sequence").GetInt64());

    public int ProcessId => _process.Id;

    public static Task<DashboardNode> StartAsync(string recording, params string[] more) =>
        StartAsync(recording, (IReadOnlyDictionary<string, string>?)null, more);

    /// <param name="recording">What it hears.</param>
    /// <param name="state">Where it keeps its state.</param>
    /// <param name="more">Further arguments.</param>
    public static Task<DashboardNode> StartAsync(string recording, TemporaryFolder state, params string[] more) =>
        StartAsync(recording, new Dictionary<string, string> { ["STATE_DIRECTORY"] = state.FullPath }, more);

    /// <param name="recording">What it hears.</param>
    /// <param name="environment">Variables for it.</param>
    /// <param name="more">Further arguments.</param>
    public static async Task<DashboardNode> StartAsync(
        string recording, IReadOnlyDictionary<string, string>? environment, params string[] more)
    {
        var node = new DashboardNode(Loopback.FreePort(), recording, environment, more);
        await node.ListensAsync();
        return node;
    }

    /// <summary>Kills the daemon, as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.ExitAsync();
        await _process.DisposeAsync();
    }

    /// <summary>Restarts it on the same port.</summary>
    public async Task StartAgainAsync()
    {
        _process = Launch();
        await ListensAsync();
    }

    /// <summary>Waits for an event on standard output.</summary>
    public async Task<JsonElement> EventAsync(Func<JsonElement, bool> fits) =>
        JsonDocument.Parse(await _process.OutputLineAsync(line => fits(JsonDocument.Parse(line).RootElement))).RootElement;

    /// <summary>The sum of a metric's series.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await Http.GetStringAsync(new Uri(Address + "metrics"));
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ' ' or '{')
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a metric until it is large enough.</summary>
    public async Task MetricReachesAsync(string name, double value)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        while (await MetricAsync(name) < value)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private ChildProcess Launch() => ChildProcess.Start(
        "dotnet",
        [
            Repository.Daemon, "--device", $"file:{_recording}", "--output", "json", "--node", "kitchen",
            "--web", Port.ToString(CultureInfo.InvariantCulture), .. _more,
        ],
        _environment);

    private Task<string> ListensAsync() => _process.ErrorLineAsync(line => line.Contains("listening to", StringComparison.Ordinal));
}
