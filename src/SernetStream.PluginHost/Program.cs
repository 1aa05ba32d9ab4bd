using System.Net.Sockets;
using System.Runtime.InteropServices;
using SernetStream.PluginHost;

// Started by sernetd alone, which says on standard input where it listens and the secret that it knows us by.
if (await Console.In.ReadLineAsync() is not { Length: > 0 } address || await Console.In.ReadLineAsync() is not { Length: > 0 } secret)
{
    await Console.Error.WriteLineAsync("sernet-plugin-host: sernetd starts this program when a plugin is configured; do not start it yourself.");
    return 2;
}

// When the service ends, the daemon says so, and there are events to finish. It is the daemon that the signals are for.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
YieldMemory();

using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
await socket.ConnectAsync(new UnixDomainSocketEndPoint('\0' + address));
using var host = new PluginSession(new NetworkStream(socket));
await host.RunAsync(secret);

// Whatever the plugin still does: without the daemon there is nothing to do it for.
System.Diagnostics.Process.GetCurrentProcess().Kill();
return 0;

// Where memory is short the kernel is to take it from a plugin, not from what listens.
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
