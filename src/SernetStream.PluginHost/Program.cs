using System.Net.Sockets;
using System.Runtime.InteropServices;
using SernetStream.PluginHost;

// Only sernetd starts this program. On standard input it gives the socket, and the secret by which it recognises the
// host.
if (await Console.In.ReadLineAsync() is not { Length: > 0 } address || await Console.In.ReadLineAsync() is not { Length: > 0 } secret)
{
    await Console.Error.WriteLineAsync("sernet-plugin-host: sernetd starts this program when a plugin is configured; do not start it yourself.");
    return 2;
}

// The signals are for the daemon. When the service ends, the daemon says so, and there are events to finish.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
YieldMemory();

using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
await socket.ConnectAsync(new UnixDomainSocketEndPoint('\0' + address));
using var host = new PluginSession(new NetworkStream(socket));
await host.RunAsync(secret);

// Without the daemon, the plugin has no reason to go on, whatever it is doing.
System.Diagnostics.Process.GetCurrentProcess().Kill();
return 0;

// If memory runs out, the kernel shall kill a plugin, not the daemon.
static void YieldMemory()
{
    try
    {
        File.WriteAllText("/proc/self/oom_score_adj", "500");
    }
    catch (Exception error) when (error is IOException or UnauthorizedAccessException)
    {
        // Then it is as likely as any other.
    }
}
