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

    /// <summary>The port on 127.0.0.1, the same for every start.</summary>
    public int Port { get; }

    /// <summary>What the broker logged since it was started last.</summary>
    public IReadOnlyCollection<string> Log => _process?.ErrorLines ?? [];

    private string PasswordFile => _folder.PathOf("passwords");

    /// <summary>A broker that lets everybody in, running.</summary>
    /// <param name="persistent">Whether retained messages survive a stop and a start.</param>
    public static async Task<MosquittoBroker> StartNewAsync(bool persistent = false)
    {
        var broker = new MosquittoBroker(anonymous: true, persistent);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>
    /// A broker that lets everybody in as far as the lines of configuration given allow, running; the lines follow the
    /// one of its listener, so they may be about TLS.
    /// </summary>
    public static Task<MosquittoBroker> StartWithAsync(params IReadOnlyList<string> lines) =>
        StartAsync(new MosquittoBroker(anonymous: true, persistent: false, lines));

    /// <summary>A broker that shows this certificate to clients that speak TLS, running.</summary>
    public static Task<MosquittoBroker> StartWithTlsAsync(PemPair server, params IReadOnlyList<string> lines) =>
        StartWithAsync([$"certfile {server.CertificateFile}", $"keyfile {server.KeyFile}", .. lines]);

    /// <summary>A broker that has a port, but does not run until <see cref="StartAsync"/>.</summary>
    public static MosquittoBroker NotYetStarted() => new(anonymous: true, persistent: false);

    /// <summary>A broker that knows one user, running.</summary>
    public static async Task<MosquittoBroker> StartNewAsync(string user, string password)
    {
        var broker = new MosquittoBroker(anonymous: false, persistent: false);
        await broker.SetPasswordAsync(user, password);
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Makes this user the only one; a running broker reads it when it is started again.</summary>
    public async Task SetPasswordAsync(string user, string password)
    {
        var result = await ChildProcess.RunAsync("mosquitto_passwd", ["-b", "-c", PasswordFile, user, password]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"mosquitto_passwd failed: {result.Errors}");
        }
    }

    /// <summary>Starts it, again or for the first time, and returns when it accepts connections.</summary>
    public async Task StartAsync()
    {
        var configuration = _folder.Write("mosquitto.conf", Configuration());
        _process = ChildProcess.Start(Program(), ["-c", configuration]);
        _process.StandardInput.Close();
        await _process.ErrorLineAsync(line => line.EndsWith("running", StringComparison.Ordinal));
    }

    /// <summary>Ends it as a service manager does; its port refuses connections afterwards.</summary>
    public async Task StopAsync()
    {
        Running().Terminate();
        await EndedAsync();
    }

    /// <summary>Ends it without a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        Running().Kill();
        await EndedAsync();
    }

    /// <summary>Stops its clock: connections stay open and are accepted by the system, but nobody answers.</summary>
    public void Freeze() => Signal(SignalStop);

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => Signal(SignalContinue);

    /// <summary>Waits for a line of the broker's log.</summary>
    public Task<string> LogLineAsync(Func<string, bool> fits) => Running().ErrorLineAsync(fits);

    /// <summary>
    /// Starts a subscriber of everything below <paramref name="filter"/>; returns when it is subscribed.
    /// </summary>
    public Task<MosquittoSubscriber> SubscribeAsync(string filter = "#", string? user = null, string? password = null) =>
        MosquittoSubscriber.StartAsync(Port, filter, user, password);

    /// <summary>As <see cref="SubscribeAsync"/>, with further arguments of <c>mosquitto_sub</c>.</summary>
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

    // Debian has it in sbin, which an ordinary user's PATH does not always name.
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

            // Where the tests run as root, Mosquitto would become another user, who may not read the folder.
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
