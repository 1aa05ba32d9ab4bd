using System.Runtime.InteropServices;

namespace SernetStream.Testing;

/// <summary>
/// A room without a sound card: a PulseAudio server of the test's own, with a null sink. <c>pulse</c> captures what is
/// played into the sink, in every process that has <see cref="Environment"/>.
/// </summary>
public sealed class PulseRoom : IAsyncDisposable
{
    /// <summary>The program it needs: give this to <see cref="NeedsFactAttribute"/>.</summary>
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

        // Its own home and runtime folder, so that it does not read, join or change the user's server.
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

    /// <summary>The environment of a process that plays or listens in the room.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Starts the server and waits until it accepts connections.</summary>
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

    /// <summary>Starts the server, or restarts it at the same address after <see cref="KillAsync"/>.</summary>
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

    /// <summary>Kills the server: it cannot close its connections.</summary>
    public async Task KillAsync()
    {
        var server = Running;
        server.Kill();
        await server.ExitAsync();
        await server.DisposeAsync();
        _server = null;
    }

    /// <summary>Stops the server's process, as if it hung. Its connections stay open.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Ends <see cref="FreezeAsync"/>.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Starts playing an audio file into the room; the player ends with the file.</summary>
    public ChildProcess Play(string path) => ChildProcess.Start(Player, [path], Environment);

    /// <summary>
    /// Plays an audio file again and again until it is disposed. On a busy machine a listener may begin to hear
    /// later than the file lasts.
    /// </summary>
    public ChildProcess Repeat(string path) => ChildProcess.Start("bash", ["-c", $"while {Player} \"$0\"; do :; done", path], Environment);

    /// <summary>Plays quiet noise until it is disposed: a room without speech.</summary>
    public ChildProcess PlayNoise() => ChildProcess.Start(
        "bash", ["-c", "exec paplay --raw --format=s16le --rate=16000 --channels=1 <(exec sox -n -t raw -r 16000 -e signed -b 16 -c 1 - synth 600 pinknoise vol 0.01)"], Environment);

    /// <summary>Mutes or unmutes the microphone, as the system's mixer does.</summary>
    public async Task MuteAsync(bool isMuted)
    {
        var result = await ChildProcess.RunAsync("pactl", ["set-source-mute", $"{Sink}.monitor", isMuted ? "1" : "0"], Environment);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"The source could not be muted: {result.Errors}");
        }
    }

    /// <summary>Adds a loudspeaker.</summary>
    /// <returns>What <see cref="RemoveAsync"/> takes.</returns>
    public async Task<string> AddSinkAsync(string name)
    {
        var result = await ChildProcess.RunAsync("pactl", ["load-module", "module-null-sink", $"sink_name={name}"], Environment);
        return result.ExitCode == 0 ? result.Output.Trim() : throw new InvalidOperationException($"The sink could not be added: {result.Errors}");
    }

    /// <summary>Removes it.</summary>
    public async Task RemoveAsync(string module)
    {
        var result = await ChildProcess.RunAsync("pactl", ["unload-module", module], Environment);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"The sink could not be removed: {result.Errors}");
        }
    }

    /// <summary>
    /// Sets <see cref="Environment"/> in this process and its later children, so that its native libraries (PortAudio, ALSA, libpulse) use the room.
    /// This lasts and affects the whole process, so tests that use it belong in one xunit collection.
    /// </summary>
    public void EnterThisProcess()
    {
        foreach (var (name, value) in Environment)
        {
            // Environment.SetEnvironmentVariable changes only what .NET and its children see.
            System.Environment.SetEnvironmentVariable(name, value);
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
