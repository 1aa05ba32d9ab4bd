using System.Net;

namespace SernetStream.Plugins.Wyoming;

/// <summary>What is known of a machine that clients come from, over all its connections.</summary>
internal sealed class Peer(PluginContext context, WyomingSettings settings) : IDisposable
{
    /// <summary>Holds the microphone while a satellite on it plays.</summary>
    public LoudspeakerHold Speech { get; } = new(
        context, "a satellite speaks", TimeSpan.FromSeconds(settings.LongestSpeech), TimeSpan.FromSeconds(settings.Echo));

    /// <summary>
    /// Lets an emotion wake it at most once in a while. Home Assistant makes a connection for each time that it waits for a
    /// wake word, so the time is the machine's, not the connection's.
    /// </summary>
    public RefractoryTime Refractory { get; } = new(TimeSpan.FromSeconds(settings.Refractory), context.Clock);

    /// <summary>How many connections it has.</summary>
    public int Connections { get; set; }

    public void Dispose() => Speech.Dispose();
}

/// <summary>The machines that have connections, and the last ones that had.</summary>
internal sealed class Peers(PluginContext context, WyomingSettings settings) : IDisposable
{
    // A stranger with many addresses must not fill the memory.
    private const int MostRemembered = 64;

    private readonly Dictionary<IPAddress, Peer> _peers = [];

    /// <summary>A connection comes.</summary>
    /// <param name="from">Where from; a Unix socket is this machine.</param>
    public Peer Enter(EndPoint? from)
    {
        var address = from is IPEndPoint { Address: var ip } && !IPAddress.IsLoopback(ip) ? ip.MapToIPv6() : IPAddress.IPv6Loopback;
        lock (_peers)
        {
            if (!_peers.TryGetValue(address, out var peer))
            {
                ForgetSome();
                _peers[address] = peer = new Peer(context, settings);
            }

            peer.Connections++;
            return peer;
        }
    }

    /// <summary>A connection has ended.</summary>
    public void Leave(Peer peer)
    {
        lock (_peers)
        {
            peer.Connections--;
        }
    }

    public void Dispose()
    {
        lock (_peers)
        {
            foreach (var peer in _peers.Values)
            {
                peer.Dispose();
            }

            _peers.Clear();
        }
    }

    private void ForgetSome()
    {
        foreach (var (address, peer) in _peers.Count < MostRemembered ? [] : _peers.ToList())
        {
            if (peer.Connections == 0 && !peer.Speech.IsHeld)
            {
                _peers.Remove(address);
                peer.Dispose();
            }
        }
    }
}
