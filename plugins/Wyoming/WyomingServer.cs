using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SernetStream.Plugins.Wyoming.Protocol;

namespace SernetStream.Plugins.Wyoming;

/// <summary>Listens at every endpoint, and keeps the clients' sessions.</summary>
internal sealed class WyomingServer : IAsyncDisposable
{
    private readonly PluginContext _context;
    private readonly WyomingSettings _settings;
    private readonly byte[] _info;
    private readonly List<Socket> _listeners = [];
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Session, Task> _sessions = [];
    private readonly List<Task> _accepting = [];
    private readonly OutageNews _accepts;
    private readonly OutageNews _places;
    private readonly RefusedClient _turnedAway;
    private readonly Peers _peers;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">One endpoint cannot be listened to.</exception>
    public WyomingServer(PluginContext context, WyomingSettings settings, IReadOnlyList<Endpoint> endpoints)
    {
        _context = context;
        _settings = settings;
        _accepts = new OutageNews(context.Clock);
        _places = new OutageNews(context.Clock);
        _turnedAway = new RefusedClient(settings.Connections);
        _peers = new Peers(context, settings);
        _info = ServiceInfo.Frame(context, settings.WakeEmotions);
        try
        {
            foreach (var endpoint in endpoints)
            {
                _listeners.Add(endpoint.Listen());
            }
        }
        catch
        {
            Close();
            throw;
        }

        foreach (var (listener, endpoint) in _listeners.Zip(endpoints))
        {
            context.Log.Information($"listening at {endpoint.Path ?? listener.LocalEndPoint!.ToString()}");
            _accepting.Add(AcceptAsync(listener));
        }
    }

    /// <summary>The first TCP port that others than this machine reach; null if there is none.</summary>
    public int? PublicPort => TcpEndPoints.FirstOrDefault(endPoint => !IPAddress.IsLoopback(endPoint.Address))?.Port;

    /// <summary>Where TCP is listened to.</summary>
    public IEnumerable<IPEndPoint> TcpEndPoints => _listeners.Select(listener => listener.LocalEndPoint).OfType<IPEndPoint>();

    /// <summary>Tells all sessions that listen to the room.</summary>
    public void Broadcast(RoomEvent heard)
    {
        foreach (var session in _sessions.Keys)
        {
            session.HearRoom(heard);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Close();
        await Task.WhenAll(_accepting);
        await Task.WhenAll(_sessions.Values);
        await _turnedAway.DisposeAsync();
        _peers.Dispose();
        _end.Dispose();
    }

    // Takes the file of a Unix socket away as well.
    private void Close() => _listeners.ForEach(listener => listener.Dispose());

    private async Task AcceptAsync(Socket listener)
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
        while (!_end.IsCancellationRequested)
        {
            try
            {
                Serve(await listener.AcceptAsync(_end.Token));
                backOff.Reset();
                _accepts.Back();
            }
            catch (Exception error) when (_end.IsCancellationRequested
                && error is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException error)
            {
                // Such as: no descriptors are left. Somebody will give one back.
                if (_accepts.Gone())
                {
                    _context.Log.Warning($"a connection could not be taken: {error.Message}");
                }

                await Task.Delay(backOff.Next(), _context.Clock, _end.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Serve(Socket socket)
    {
        PeerWatch.Begin(socket);
        if (_sessions.Count >= _settings.Connections)
        {
            if (_places.Gone())
            {
                _context.Log.Warning($"{_settings.Connections} connections are open, the most allowed; others are refused");
            }

            _turnedAway.Add(socket, Frame.Error($"{_settings.Connections} connections are open, the most allowed.", "busy"));
            return;
        }

        _places.Back();
        var session = new Session(new NetworkStream(socket, ownsSocket: true), _context, _settings, _info, _peers.Enter(RemoteEndPoint(socket)));
        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = served.Task;
        _ = ServeAsync(session, served);
    }

    // A client may be gone before it is asked.
    private static EndPoint? RemoteEndPoint(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private async Task ServeAsync(Session session, TaskCompletionSource served)
    {
        try
        {
            await using (session)
            {
                await session.RunAsync(_end.Token);
            }
        }
        catch (Exception error)
        {
            _context.Log.Error($"a connection ended with {error.GetType().Name}: {error.Message}");
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            _peers.Leave(session.Peer);
            served.SetResult();
        }
    }
}
