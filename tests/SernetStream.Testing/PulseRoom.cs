using System.Runtime.InteropServices;

namespace SernetStream.Testing;

/// <summary>
/// A room without a sound card: a PulseAudio server of a test's own, whose only sink plays into nothing. What is played
/// into it is heard on its monitor, which is what <c>pulse</c> captures for whoever has <see cref="Environment"/>.
/// </summary>
public sealed class PulseRoom : IAsyncDisposable
{
    /// <summary>What has to be installed: give these to <see cref="NeedsFactAttribute"/>.</summary>
    public const string Server = "pulseaudio";

    /// <inheritdoc cref="Server"/>
    public const string Player = "paplay";

    private const string Sink = "room";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _serverEnvironment;
    private ChildProcess? _server;

    private PulseRoom()
    {
        var socket = _folder.PathOf("native");

        // A home and a runtime folder of its own: nothing of the user's server is read, joined or written.
        _serverEnvironment = new Dictionary<string, string>
        {
            ["HOME"] = _folder.FullPath,
            ["XDG_RUNTIME_DIR"] = _folder.FullPath,
            ["XDG_CONFIG_HOME"] = _folder.FullPath,
            ["PULSE_RUNTIME_PATH"] = _folder.FullPath,
            ["DBUS_SESSION_BUS_ADDRESS"] = "disabled:",
            ["LC_ALL"] = "C",
        };
        Environment = new Dictionary<string, string>
        {
            ["PULSE_SERVER"] = $"unix:{socket}",
            ["PULSE_SINK"] = Sink,
            ["PULSE_SOURCE"] = $"{Sink}.monitor",
            ["PULSE_COOKIE"] = _folder.PathOf("cookie"),
        };
    }

    /// <summary>What a process needs to be in the room, as a player or as a listener.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Starts the server and waits until it can be connected to.</summary>
    public static async Task<PulseRoom> OpenAsync()
    {
        var room = new PulseRoom();
        try
        {
            await room.StartAsync();
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server, also again after <see cref="KillAsync"/>, at the same address.</summary>
    public async Task StartAsync()
    {
        _server = ChildProcess.Start(
            Server,
            [
                "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
                "--realtime=no", "--high-priority=no", "--log-target=stderr", "--log-level=info",
                "-L", $"module-null-sink sink_name={Sink} rate=48000 channels=2",
                "-L", $"module-native-protocol-unix auth-anonymous=1 socket={_folder.PathOf("native")}",
            ],
            _serverEnvironment);
        await _server.ErrorLineAsync(line => line.Contains("Daemon startup complete", StringComparison.Ordinal));
    }

    /// <summary>The server dies and cannot say goodbye.</summary>
    public async Task KillAsync()
    {
        var server = Running;
        server.Kill();
        await server.ExitAsync();
        await server.DisposeAsync();
        _server = null;
    }

    /// <summary>The server stops answering, as one that hangs; its connections stay open.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>The server goes on after <see cref="FreezeAsync"/>.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Starts playing an audio file into the room; the player ends with the file.</summary>
    public ChildProcess Play(string path) => ChildProcess.Start(Player, [path], Environment);

    /// <summary>Plays quiet noise until it is disposed: a room in which nobody speaks.</summary>
    public ChildProcess PlayNoise() => ChildProcess.Start(
        "bash", ["-c", "exec paplay --raw --format=s16le --rate=16000 --channels=1 <(exec sox -n -t raw -r 16000 -e signed -b 16 -c 1 - synth 600 pinknoise vol 0.01)"], Environment);

    /// <summary>Mutes the microphone as the system's mixer does, or lets it hear again.</summary>
    public async Task MuteAsync(bool isMuted)
    {
        var result = await ChildProcess.RunAsync("pactl", ["set-source-mute", $"{Sink}.monitor", isMuted ? "1" : "0"], Environment);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"The source could not be muted: {result.Errors}");
        }
    }

    /// <summary>
    /// Takes this process into the room: libraries in it (PortAudio, ALSA, libpulse) see the environment from now on.
    /// The change lasts, and is one for the whole process, so tests that use it belong in one xunit collection.
    /// </summary>
    public void EnterThisProcess()
    {
        foreach (var (name, value) in Environment)
        {
            // Environment.SetEnvironmentVariable changes only what .NET sees.
            if (NativeSetEnvironment(name, value, 1) != 0)
            {
                throw new InvalidOperationException($"{name} could not be set.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private ChildProcess Running =>
        _server ?? throw new InvalidOperationException("The server of this room is not running.");

    private async Task SignalAsync(string name)
    {
        var result = await ChildProcess.RunAsync("kill", [$"-{name}", $"{Running.Id}"]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"SIG{name} could not be sent: {result.Errors}");
        }
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int NativeSetEnvironment(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value,
        int overwrite);
}
