using System.Globalization;

namespace SernetStream.Testing;

/// <summary>
/// A real Redis on a free loopback port, configured as configs/cluster/redis.conf says. Tests that use it need <c>"redis-server"</c>
/// (<see cref="NeedsFactAttribute"/>).
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _password;
    private ChildProcess? _process;

    private RedisServer(string? password) => _password = password;

    /// <summary>The port on 127.0.0.1. It stays the same over restarts.</summary>
    public int Port { get; } = Loopback.FreePort();

    /// <summary>The address for <c>--redis</c>.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>One that has a port but does not run until <see cref="StartAsync"/>.</summary>
    public static RedisServer NotYetStarted(string? password = null) => new(password);

    /// <summary>One that runs.</summary>
    public static async Task<RedisServer> StartNewAsync(string? password = null)
    {
        var server = NotYetStarted(password);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it, and returns when it answers.</summary>
    public async Task StartAsync()
    {
        List<string> arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullPath,
            "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no", "--logfile", "",
        ];
        if (_password is not null)
        {
            arguments.AddRange(["--requirepass", _password]);
        }

        _process = ChildProcess.Start("redis-server", arguments);
        await _process.OutputLineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal));
    }

    /// <summary>Stops it as a service manager does.</summary>
    public async Task StopAsync()
    {
        _process!.Terminate();
        await _process.ExitAsync();
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
