using System.Net;
using System.Net.Sockets;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// Counts wrong tokens by the address they come from, over the last minute. It never blocks a right token: a guesser,
/// perhaps behind the same proxy, must not lock the owner out.
/// </summary>
/// <param name="clock">Which clock to go by.</param>
internal sealed class LoginRateLimit(TimeProvider clock)
{
    /// <summary>Wrong tokens a minute that one address may show.</summary>
    public const int PerMinute = 20;

    /// <summary>Addresses that are kept apart; beyond that the one that guessed longest ago is forgotten.</summary>
    public const int MaxAddresses = 1024;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Queue<long>> _wrong = [];

    /// <summary>Addresses that are kept at the moment.</summary>
    internal int Addresses
    {
        get
        {
            lock (_gate)
            {
                return _wrong.Count;
            }
        }
    }

    /// <summary>Counts a wrong token.</summary>
    /// <returns>Whether this address has shown too many.</returns>
    public bool CountWrong(IPAddress? address)
    {
        var network = NetworkOf(address ?? IPAddress.None);
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            if (!_wrong.TryGetValue(network, out var times))
            {
                MakeRoom(now);
                _wrong[network] = times = new Queue<long>();
            }

            DropOld(times, now);
            if (times.Count >= PerMinute)
            {
                return true;
            }

            times.Enqueue(now);
            return false;
        }
    }

    /// <summary>The owner of an IPv6 address mostly owns all of its /64 (RFC 4291, section 2.5.4).</summary>
    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private void MakeRoom(long now)
    {
        if (_wrong.Count < MaxAddresses)
        {
            return;
        }

        foreach (var (address, times) in _wrong)
        {
            DropOld(times, now);
            if (times.Count == 0)
            {
                _wrong.Remove(address);
            }
        }

        if (_wrong.Count >= MaxAddresses)
        {
            _wrong.Remove(_wrong.MinBy(entry => entry.Value.Last()).Key);
        }
    }

    private void DropOld(Queue<long> times, long now)
    {
        while (times.TryPeek(out var oldest) && clock.GetElapsedTime(oldest, now) > Window)
        {
            times.Dequeue();
        }
    }
}
