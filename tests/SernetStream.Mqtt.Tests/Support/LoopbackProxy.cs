using System.Net;
using System.Net.Sockets;
using SernetStream.Testing;

namespace SernetStream.Mqtt.Tests.Support;

/// <summary>
/// A proxy between a client and a broker on this machine. <c>Cut</c> resets its connections, as a killed process or a
/// restarted router does, and refuses new ones until <c>Mend</c>.
/// </summary>
internal sealed class LoopbackProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _attempts;
    private bool _cut;

    public LoopbackProxy(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Waits until clients have tried to connect this many more times.</summary>
    public async Task MoreAttemptsAsync(int count)
    {
        int? goal = null;
        while (true)
        {
            Task attempted;
            lock (_gate)
            {
                goal ??= _attempts + count;
                if (_attempts >= goal)
                {
                    return;
                }

                attempted = _attempted.Task;
            }

            await attempted.WaitAsync(ChildProcess.WaitTimeout);
        }
    }

    public void Cut()
    {
        lock (_gate)
        {
            _cut = true;
            _sockets.ForEach(Reset);
            _sockets.Clear();
        }
    }

    public void Mend()
    {
        lock (_gate)
        {
            _cut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        _listener.Dispose();
        await _accepting;
    }

    private static void Reset(Socket socket)
    {
        // Closing with a linger time of 0 resets a connection.
        socket.Close(timeout: 0);
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[8192];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The wire was cut or one end closed: close the other end.
            Reset(from);
            Reset(to);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Connect(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException)
        {
            // The test is over.
            return;
        }
    }

    private void Connect(Socket client)
    {
        var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_gate)
        {
            _attempts++;
            _attempted.SetResult();
            _attempted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_cut)
            {
                Reset(client);
                broker.Dispose();
                return;
            }

            try
            {
                broker.Connect(IPAddress.Loopback, _target);
            }
            catch (SocketException)
            {
                Reset(client);
                broker.Dispose();
                return;
            }

            _sockets.AddRange([client, broker]);
        }

        client.NoDelay = true;
        broker.NoDelay = true;
        _ = PumpAsync(client, broker);
        _ = PumpAsync(broker, client);
    }
}
