using System.Globalization;
using System.Runtime.InteropServices;

namespace SernetStream.Testing;

/// <summary>
/// A real Mosquitto on a free loopback port, with its files in a folder of its own. Tests that use it need
/// <c>"mosquitto"</c> and <c>"mosquitto_sub"</c> (<see cref="NeedsFactAttribute"/>).
/// </summary>
public sealed class MosquittoBroker : IAsyncDisposable
{
    private const int SignalStop = 19;
    private const int SignalContinue = 18;

    private readonly TemporaryFolder _folder = new();
    private readonly bool _persistent;
    private readonly bool _anonymous;
    private readonly IReadOnlyList<string> _more;
    private ChildProcess? _process;

    private MosquittoBroker(bool anonymous, bool persistent, IReadOnlyList<string>? more = null)
    {
        _anonymous = anonymous;
        _persistent = persistent;
        _more = more ?? [];
        Port = Loopback.FreePort();
    }

    /// <summary>The port on 127.0.0.1. It stays the same over restarts.</summary>
    public int Port { get; }

    /// <summary>The broker's log since its last start.</summary>
    public IReadOnlyCollection<string> Log => _process?.ErrorLines ?? [];

    private string PasswordFile => _folder.PathOf("passwords");

    /// <summary>Starts a broker that accepts every client.</summary>
    /// <param name="persistent">Whether retained messages survive a stop and a start.</param>
    public static async Task<MosquittoBroker> StartNewAsync(bool persistent = false)
    {
        var broker = new MosquittoBroker(anonymous: true, persistent);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>
    /// Starts a broker that accepts every client, with further lines of configuration. They follow the line of the
    /// listener, so they can configure TLS.
    /// </summary>
    public static Task<MosquittoBroker> StartWithAsync(params IReadOnlyList<string> lines) =>
        StartAsync(new MosquittoBroker(anonymous: true, persistent: false, lines));

    /// <summary>Starts a broker with TLS and this certificate.</summary>
    public static Task<MosquittoBroker> StartWithTlsAsync(PemPair server, params IReadOnlyList<string> lines) =>
        StartWithAsync([$"certfile {server.CertificateFile}", $"keyfile {server.KeyFile}", .. lines]);

    /// <summary>A broker that has a port, but does not run until <see cref="StartAsync"/>.</summary>
    public static MosquittoBroker NotYetStarted() => new(anonymous: true, persistent: false);

    /// <summary>Starts a broker that knows one user.</summary>
    public static async Task<MosquittoBroker> StartNewAsync(string user, string password)
    {
        var broker = new MosquittoBroker(anonymous: false, persistent: false);
        await broker.SetPasswordAsync(user, password);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Makes this user the only one. A running broker reads this at its next start.</summary>
    public async Task SetPasswordAsync(string user, string password)
    {
        var result = await ChildProcess.RunAsync("mosquitto_passwd", ["-b", "-c", PasswordFile, user, password]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"mosquitto_passwd failed: {result.Errors}");
        }
    }

    /// <summary>Starts or restarts the broker, and returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        var configuration = _folder.Write("mosquitto.conf", Configuration());
        _process = ChildProcess.Start(Program(), ["-c", configuration]);
        _process.StandardInput.Close();
        await _process.ErrorLineAsync(line => line.EndsWith("running", StringComparison.Ordinal));
    }

    /// <summary>Stops the broker as a service manager does. Its port then refuses connections.</summary>
    public async Task StopAsync()
    {
        Running().Terminate();
        await EndedAsync();
    }

    /// <summary>Kills the broker: it cannot clean up.</summary>
    public async Task KillAsync()
    {
        Running().Kill();
        await EndedAsync();
    }

    /// <summary>Stops the process: connections stay open and the kernel accepts new ones, but the broker does not answer.</summary>
    public void Freeze() => Signal(SignalStop);

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => Signal(SignalContinue);

    /// <summary>Waits for a line of the broker's log.</summary>
    public Task<string> LogLineAsync(Func<string, bool> fits) => Running().ErrorLineAsync(fits);

    /// <summary>
    /// Starts a subscriber to everything below <paramref name="filter"/>, and returns when it is subscribed.
    /// </summary>
    public Task<MosquittoSubscriber> SubscribeAsync(string filter = "#", string? user = null, string? password = null) =>
        MosquittoSubscriber.StartAsync(Port, filter, user, password);

    /// <summary>Like <see cref="SubscribeAsync"/>, with further arguments of <c>mosquitto_sub</c>.</summary>
    public Task<MosquittoSubscriber> SubscribeWithAsync(string filter, params IEnumerable<string> arguments) =>
        MosquittoSubscriber.StartAsync(Port, filter, user: null, password: null, arguments);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static async Task<MosquittoBroker> StartAsync(MosquittoBroker broker)
    {
        await broker.StartAsync();
        return broker;
    }

    // Debian installs it in sbin, which is not always in an ordinary user's PATH.
    private static string Program() => File.Exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int NativeKill(int processId, int signal);

    private string Configuration()
    {
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"listener {Port} 127.0.0.1"),
            .. _more,
            .. _more.Any(line => line.StartsWith("allow_anonymous", StringComparison.Ordinal))
                ? Array.Empty<string>()
                : [$"allow_anonymous {(_anonymous ? "true" : "false")}"],
            $"persistence {(_persistent ? "true" : "false")}",
            $"persistence_location {_folder.FullPath}/",
            "log_dest stderr",
            "log_type all",

            // As root, Mosquitto would change to another user, who cannot read the folder.
            "user root",
        ];
        if (!_anonymous)
        {
            lines.Add($"password_file {PasswordFile}");
        }

        return string.Join('\n', lines) + "\n";
    }

    private ChildProcess Running() =>
        _process is { HasExited: false } running
            ? running
            : throw new InvalidOperationException("The broker does not run.");

    private async Task EndedAsync()
    {
        await _process!.ExitAsync();
        await _process.DisposeAsync();
        _process = null;
    }

    private void Signal(int signal)
    {
        if (NativeKill(Running().Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} could not be sent to the broker.");
        }
    }
}
