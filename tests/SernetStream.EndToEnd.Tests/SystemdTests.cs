using System.Net.Sockets;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

public sealed class SystemdTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_service_manager_hears_that_it_is_ready_alive_and_stopping()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(_folder.PathOf("notify")));
        await using var daemon = Sernetd.Start(
            ["--device", $"file:{Sernetd.SpokenSample}", "--output", "none"],
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _folder.PathOf("notify"), ["WATCHDOG_USEC"] = "1000000" });
        await HearAsync(manager, "READY=1");
        for (var ping = 0; ping < 3; ping++)
        {
            await HearAsync(manager, "WATCHDOG=1");
        }

        daemon.Terminate();
        await HearAsync(manager, "STOPPING=1");
        Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
    }

    private static async Task HearAsync(Socket manager, string expected)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        var buffer = new byte[4096];
        string said;
        do
        {
            said = Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer, limit.Token));
        }
        while (!said.StartsWith(expected, StringComparison.Ordinal));
    }
}
