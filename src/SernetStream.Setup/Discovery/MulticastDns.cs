using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using SernetStream.Audio.Network;

namespace SernetStream.Setup.Discovery;

/// <summary>An instance of a service in the local network.</summary>
/// <param name="Service">Which service, such as <c>_mqtt._tcp.local</c>.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Host">Its host, such as <c>pi.local</c>.</param>
/// <param name="Port">Its port.</param>
/// <param name="Addresses">The addresses of the host, IPv4 first.</param>
internal sealed record FoundService(string Service, string Name, string Host, int Port, IReadOnlyList<IPAddress> Addresses)
{
    private static readonly TimeSpan LookUpTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Where on the host it is, if it says so.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The host's name where this machine knows it, since an address may change; or else an address, with the brackets of IPv6; null: the
    /// host cannot be reached.
    /// </summary>
    /// <param name="names">Asks whether this machine knows the name.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task<string?> ReachAsync(HostNames names, CancellationToken stop)
    {
        try
        {
            var known = await names.AddressesAsync(Host, LookUpTimeout, stop).ConfigureAwait(false);
            if (known.Length > 0)
            {
                return Host;
            }
        }
        catch (Exception error) when (error is SocketException or TimeoutException or ArgumentException)
        {
            // Most machines know no name that ends in .local.
        }

        return Addresses.Count == 0 ? null : Addresses[0].AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Addresses[0]}]" : Addresses[0].ToString();
    }
}

/// <summary>
/// Asks the local network for services (RFC 6763) by single questions from a port of its own, which every responder answers
/// to the asker alone (RFC 6762, section 6.7): port 5353 may be taken by Avahi or systemd-resolved.
/// </summary>
internal static class MulticastDns
{
    private const int Port = 5353;
    private const int Rounds = 3;
    private const string PathKey = "path=";
    private static readonly IPAddress Group = IPAddress.Parse("224.0.0.251");

    /// <summary>Asks for the hosts that services name. Its turns are its own: names that strangers make up must not keep a stream from its turn.</summary>
    public static HostNames Names { get; } = HostNames.OfSystem();

    /// <summary>All instances that answer in time, in the order of their names.</summary>
    /// <param name="services">Which services.</param>
    /// <param name="round">How long each of three rounds listens.</param>
    /// <param name="stop">Ends the search.</param>
    public static async Task<IReadOnlyList<FoundService>> BrowseAsync(
        IReadOnlyCollection<string> services, TimeSpan round, CancellationToken stop)
    {
        var sockets = Open();
        try
        {
            var known = new List<DnsAnswer>();
            for (var turn = 0; turn < Rounds && sockets.Count > 0; turn++)
            {
                var query = DnsMessage.Query(Questions(services, known));
                foreach (var socket in sockets)
                {
                    await SendAsync(socket, query, stop).ConfigureAwait(false);
                }

                var heard = await Task.WhenAll(sockets.Select(socket => HearAsync(socket, round, stop))).ConfigureAwait(false);
                known = [.. known.Concat(heard.SelectMany(answers => answers)).Distinct()];
            }

            return Assemble(services, known);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>The instances that the answers tell of.</summary>
    internal static IReadOnlyList<FoundService> Assemble(IReadOnlyCollection<string> services, IReadOnlyCollection<DnsAnswer> known) =>
    [
        .. from pointer in known.Where(answer => answer.Kind == DnsKind.Pointer)
           from service in services
           where Same(pointer.Name, service)
           from place in known.Where(answer => answer.Kind == DnsKind.Service && Same(answer.Name, pointer.Target)).Take(1)
           let addresses = known.Where(answer => answer.Address is not null && Same(answer.Name, place.Target))
               .Select(answer => answer.Address!)
               .Distinct()
               .OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
           orderby service, pointer.Target
           select new FoundService(service, Own(pointer.Target, service), Printable(place.Target), place.Port, [.. addresses])
           {
               Path = PathIn(known.Where(answer => answer.Kind == DnsKind.Text && Same(answer.Name, pointer.Target))),
           },
    ];

    // What is not known yet: a responder may leave out whatever was not asked for.
    private static List<(string, DnsKind)> Questions(IReadOnlyCollection<string> services, List<DnsAnswer> known)
    {
        var instances = known.Where(answer => answer.Kind == DnsKind.Pointer).Select(answer => answer.Target).Distinct()
            .Where(instance => !known.Exists(answer => answer.Kind == DnsKind.Service && Same(answer.Name, instance)));
        var hosts = known.Where(answer => answer.Kind == DnsKind.Service).Select(answer => answer.Target).Distinct()
            .Where(host => !known.Exists(answer => answer.Address is not null && Same(answer.Name, host)));
        return
        [
            .. services.Select(service => (service, DnsKind.Pointer)),
            .. instances.Take(8).Select(instance => (instance, DnsKind.Service)),
            .. hosts.Take(8).Select(host => (host, DnsKind.A)),
        ];
    }

    private static List<Socket> Open()
    {
        var sockets = new List<Socket>();
        foreach (var address in NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
                && (card.SupportsMulticast || card.NetworkInterfaceType == NetworkInterfaceType.Loopback))
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork))
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address.GetAddressBytes());
                socket.Bind(new IPEndPoint(IPAddress.Any, 0));
                sockets.Add(socket);
            }
            catch (SocketException)
            {
                // An interface that has just gone.
                socket.Dispose();
            }
        }

        return sockets;
    }

    private static async Task SendAsync(Socket socket, byte[] query, CancellationToken stop)
    {
        try
        {
            await socket.SendToAsync(query, new IPEndPoint(Group, Port), stop).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // No way out by this interface; another may have one.
        }
    }

    private static async Task<List<DnsAnswer>> HearAsync(Socket socket, TimeSpan round, CancellationToken stop)
    {
        var answers = new List<DnsAnswer>();
        var buffer = new byte[9000];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(round);
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, limit.Token).ConfigureAwait(false);
                answers.AddRange(DnsMessage.Answers(buffer.AsSpan(0, length)));
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return answers;
        }
        catch (SocketException)
        {
            return answers;
        }
    }

    private static string? PathIn(IEnumerable<DnsAnswer> texts) => texts.SelectMany(answer => answer.Target.Split('\0'))
        .Where(entry => entry.StartsWith(PathKey, StringComparison.OrdinalIgnoreCase))
        .Select(entry => Printable(entry[PathKey.Length..]))
        .FirstOrDefault();

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static string Own(string instance, string service) => Printable(
        instance.EndsWith("." + service, StringComparison.OrdinalIgnoreCase) ? instance[..^(service.Length + 1)] : instance)
        .Replace("\\.", ".", StringComparison.Ordinal);

    // It is shown at a terminal.
    private static string Printable(string text) => string.Concat(text.Where(c => !char.IsControl(c)));
}
