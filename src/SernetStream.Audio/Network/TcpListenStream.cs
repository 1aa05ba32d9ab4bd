using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>
/// <c>tcp-listen://address:port</c>: raw samples from a sender that connects to this machine; <c>wyoming-listen://address:port</c>:
/// the same of one that speaks Wyoming. One is heard at a time. While it sends, others are turned away; once it has ended, or
/// sent nothing for a second, the next takes its place.
/// </summary>
/// <remarks>
/// It listens as long as it lives, also between two senders: one that comes back at once finds an open door, and what it
/// sends waits in the system.
/// </remarks>
/// <param name="address">Where it listens.</param>
/// <param name="options">How each sender is heard.</param>
/// <param name="saysEach">Whether the wait ends with each sender that gives no sound, so that it can be said; else it goes on.</param>
internal sealed class TcpListenStream(StreamAddress address, DeviceOptions options, bool saysEach = false) : IDisposable
{
    /// <summary>A sender whose machine lost its power says no good-bye.</summary>
    private const uint LongestSilenceMs = 1000;

    /// <summary>Senders that have come and gone, or wait, before the first of them is heard to its end.</summary>
    private const int MostWaiting = 16;

    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Queue<Socket> _waiting = new();
    private readonly SenderGuard _guard = new(address.Query.From);
    private Socket? _listener;
    private Socket? _latest;
    private bool _isDisposed;

    /// <summary>Who was turned away first for its address, in a clause; null if nobody was.</summary>
    public string? Note => _guard.Note;

    /// <summary>Waits for a sender, and for its first samples.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public async Task<Connection> OpenAsync(CancellationToken cancellationToken)
    {
        if (!IsWyoming && !options.Channel.IsIn(address.Query.OrRaw().Channels))
        {
            throw new AudioDeviceException(AudioDeviceError.FormatRefused, options.Channel.MissingIn(address.Name, address.Query.OrRaw().Channels));
        }

        var began = Stopwatch.GetTimestamp();
        await ListenAsync(options.OpenLimit, cancellationToken).ConfigureAwait(false);
        AudioDeviceException? last = null;
        while (options.OpenLimit - Stopwatch.GetElapsedTime(began) is var left && left > TimeSpan.Zero
            && await NextAsync(left, cancellationToken).ConfigureAwait(false) is { } sender)
        {
            try
            {
                return await HearAsync(sender, left, cancellationToken).ConfigureAwait(false);
            }
            catch (AudioDeviceException problem) when (!saysEach)
            {
                // Somebody who tried the port, perhaps. The next may have sound.
                last = problem;
            }
        }

        throw last ?? Nobody();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _listener?.Dispose();
            while (_waiting.TryDequeue(out var sender))
            {
                sender.Dispose();
            }
        }

        _stop.Cancel();
    }

    /// <summary>Begins to listen, if it does not yet.</summary>
    /// <param name="limit">How long the address of a host's name may take to find out.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <exception cref="AudioDeviceException">This machine cannot; the message says why.</exception>
    public async Task ListenAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_listener is not null)
            {
                return;
            }
        }

        var host = await LocalAddress.OfAsync(address, options.Network.Names, limit, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_listener is not null || _isDisposed)
            {
                return;
            }

            _listener = Bind(host);
            _ = AcceptAsync(_listener);
        }
    }

    private Socket Bind(IPAddress host)
    {
        try
        {
            var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (host.Equals(IPAddress.IPv6Any))
                {
                    socket.DualMode = true;
                }

                socket.Bind(new IPEndPoint(host, address.Port));
                socket.Listen();
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch (SocketException error)
        {
            throw SocketFault.Of(address.Name, error);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Take(await listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException || _stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException)
            {
                // It has gone again, or this process has too many open files.
                await Task.Delay(AfterFault).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes one who has connected, or turns it away.</summary>
    private void Take(Socket sender)
    {
        lock (_gate)
        {
            var from = AddressOf(sender);
            if (_isDisposed || from is null || !_guard.Admits(from) || _waiting.Count >= MostWaiting || (_latest is not null && IsSending(_latest)))
            {
                sender.Dispose();
                return;
            }

            // What it has sent can still be read, and then its end.
            EndReceiving(_latest);
            _latest = sender;
            _waiting.Enqueue(sender);
        }

        _arrived.Release();
    }

    private bool IsWyoming => address.Scheme == "wyoming-listen";

    private Task<Connection> HearAsync(Socket sender, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IsWyoming)
        {
            return WyomingSource.OfSenderAsync(sender, address.Name, options.Channel, limit, () => _guard.Note, cancellationToken);
        }

        var input = new DescriptorInput(sender.SafeHandle, address.Name, options.Network.StallLimit);
        var samples = new RawSource(input, address.Query.OrRaw(), options.Channel);
        return Connection.OpenAsync(
            address.Name, samples, sender, limit, () => Task.FromResult(TcpStream.Ended(address.Name)), cancellationToken, () => _guard.Note);
    }

    private static byte[]? AddressOf(Socket sender)
    {
        try
        {
            return (sender.RemoteEndPoint as IPEndPoint)?.Address.GetAddressBytes();
        }
        catch (SocketException)
        {
            // It has gone again.
            return null;
        }
    }

    private async Task<Socket?> NextAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        if (!await _arrived.WaitAsync(limit, over.Token).ConfigureAwait(false))
        {
            return null;
        }

        lock (_gate)
        {
            return _waiting.TryDequeue(out var sender) ? sender : null;
        }
    }

    private static void EndReceiving(Socket? sender)
    {
        try
        {
            sender?.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    /// <summary>Whether one is connected, and has sent something within the last second: tcp(7), TCP_INFO.</summary>
    private static bool IsSending(Socket sender)
    {
        const int ProtocolTcp = 6;
        const int TcpInfo = 11;
        const int StateEstablished = 1;
        const int LastDataReceivedAt = 52;
        Span<byte> info = stackalloc byte[LastDataReceivedAt + sizeof(uint)];
        try
        {
            return sender.GetRawSocketOption(ProtocolTcp, TcpInfo, info) == info.Length
                && info[0] == StateEstablished
                && BinaryPrimitives.ReadUInt32LittleEndian(info[LastDataReceivedAt..]) < LongestSilenceMs;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private AudioDeviceException Nobody() => new(
        AudioDeviceError.NotAnswering,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{address.Name} gave no sound: no sender connected within {options.OpenLimit.TotalSeconds:0.#} s{(_guard.Note is { } note ? $" ({note})" : "")}. Check that the sender runs, and that it connects to this machine and to port {address.Port}."));
}
