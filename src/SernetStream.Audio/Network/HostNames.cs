using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>
/// Asks for the addresses of hosts. The system blocks a thread of the pool until it has an answer, which may take half a minute, and
/// nobody can stop it. So few names are asked for at a time, and whoever waits for an answer or for a turn waits no longer than a limit.
/// </summary>
/// <param name="ask">Asks for the addresses of one name.</param>
public sealed class HostNames(Func<string, Task<IPAddress[]>> ask)
{
    /// <summary>As many are asked for at a time.</summary>
    public const int AtOnce = 8;

    /// <summary>Whoever takes a turn fills one of its places. A semaphore would have to be disposed, and an answer may come after that.</summary>
    private readonly Channel<bool> _turns = Channel.CreateBounded<bool>(AtOnce);

    /// <summary>Asks this machine's system; all streams share it.</summary>
    public static HostNames Shared { get; } = OfSystem();

    /// <summary>Asks this machine's system, with turns of its own.</summary>
    public static HostNames OfSystem() => new(Dns.GetHostAddressesAsync);

    /// <summary>The addresses of a name; of an address, itself.</summary>
    /// <param name="host">The name or the address.</param>
    /// <param name="limit">How long the turn and the answer may take together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SocketException">Nobody knows the name.</exception>
    /// <exception cref="TimeoutException">No answer came within the limit.</exception>
    public async Task<IPAddress[]> AddressesAsync(string host, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            await _turns.Writer.WriteAsync(true, patience.Token).ConfigureAwait(false);
            var asked = AskAsync(host);
            asked.LeaveBehind();
            return await asked.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"No name server answered within {limit.TotalSeconds:0.#} s."));
        }
    }

    /// <summary>The addresses of a stream's host.</summary>
    /// <exception cref="AudioDeviceException">Nobody knows the name, or no answer came within the limit.</exception>
    internal async Task<IPAddress[]> AddressesAsync(StreamAddress stream, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await AddressesAsync(stream.Host, limit, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            throw SocketFault.Of(stream.Name, error);
        }
        catch (TimeoutException error)
        {
            throw new AudioDeviceException(
                AudioDeviceError.NotFound,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{stream.Name} cannot be reached: no name server told the host's address within {limit.TotalSeconds:0.#} s. Check the network, or write the address instead of the name."),
                error);
        }
    }

    /// <summary>Keeps the turn until the answer is there, also when nobody waits for it any more: so long is a thread blocked.</summary>
    private async Task<IPAddress[]> AskAsync(string host)
    {
        try
        {
            return await ask(host).ConfigureAwait(false);
        }
        finally
        {
            _turns.Reader.TryRead(out _);
        }
    }
}
