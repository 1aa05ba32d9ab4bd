using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>Samples in datagrams: of RTP, which numbers them, or bare.</summary>
internal sealed class DatagramSource : IInstantSource
{
    /// <summary>The largest payload of UDP.</summary>
    public const int LargestDatagram = 65_507;

    /// <summary>Room for the header of a packet, with its extension.</summary>
    private const int LongestHeader = 512;

    /// <summary>Datagrams that give no sample, such as those of somebody who is not heard: so many are passed over at a time.</summary>
    private const int MostPassedOver = 64;

    /// <summary>What waits in the system, which has little room, is fetched at least this often.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(0.1);

    private readonly Socket _socket;
    private readonly RtpOrder? _order;
    private readonly TimeSpan _patience;
    private readonly SenderGuard _guard;
    private readonly SocketAddress _sender;
    private readonly PcmPacket _packet;
    private readonly PatientReader _reader;
    private readonly byte[] _datagram;
    private long _pendingLost;
    private int _refused;
    private long _heardAt;

    /// <param name="socket">Bound, not blocking; not owned.</param>
    /// <param name="name">What a person calls it.</param>
    /// <param name="format">What the samples are like.</param>
    /// <param name="order">Puts packets of RTP into order; null for bare samples.</param>
    /// <param name="channel">Which channel is heard.</param>
    /// <param name="patience">After this time without a datagram, one that sent some has stalled, which is a fault.</param>
    /// <param name="guard">Who is heard.</param>
    public DatagramSource(
        Socket socket, string name, StreamFormat format, RtpOrder? order, ChannelChoice channel, TimeSpan patience, SenderGuard guard)
    {
        (_socket, Name, _order, _patience, _guard) = (socket, name, order, patience, guard);
        _reader = new PatientReader(socket.SafeHandle);
        _sender = new SocketAddress(socket.AddressFamily);
        _packet = new PcmPacket(format, channel);
        _datagram = new byte[order is null ? LargestDatagram : RtpOrder.LargestPayload + LongestHeader];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate => _packet.Format.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _packet.Note;

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) =>
        _reader.Read(this, destination, wanted, cancellationToken);

    /// <inheritdoc/>
    public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
    {
        (block, quiet) = (default, TimeSpan.Zero);
        for (var passed = 0; passed < MostPassedOver; passed++)
        {
            if (_packet.Frames > 0 || TryNext())
            {
                var count = _pendingLost > 0 ? 0 : _packet.Take(destination);
                block = new AudioBlock(count, Stopwatch.GetTimestamp(), _pendingLost);
                _pendingLost = 0;
                return true;
            }

            if (!TryReceive())
            {
                quiet = Quiet();
                return false;
            }
        }

        // There is more.
        Quiet();
        return false;
    }

    /// <inheritdoc/>
    public void Interrupt() => _reader.Interrupt();

    /// <inheritdoc/>
    public void Dispose()
    {
        _datagram.AsSpan().Clear();
        _order?.Erase();
        _reader.Dispose();
    }

    /// <summary>The next packet in order, if there is one.</summary>
    private bool TryNext()
    {
        if (_order is null || !_order.TryNext(Stopwatch.GetTimestamp(), out var payload, out var lost))
        {
            return false;
        }

        _packet.Fill(payload);
        _pendingLost += lost;
        return _packet.Frames > 0;
    }

    /// <summary>Takes a datagram, if one has come; or word of a fault that passes.</summary>
    private bool TryReceive()
    {
        if (_refused > 0)
        {
            // Those before it were taken out.
            Take(_refused);
            return true;
        }

        var length = Receive(out var isAdmitted, out var error);
        if (error is SocketError.WouldBlock)
        {
            return false;
        }

        if (error is not (SocketError.Success or SocketError.ConnectionReset or SocketError.ConnectionRefused))
        {
            throw SocketFault.Of(Name, new SocketException((int)error));
        }

        if (isAdmitted && error == SocketError.Success)
        {
            _heardAt = Stopwatch.GetTimestamp();
            Take(length);
        }
        else
        {
            // Of somebody who is not heard.
            _datagram.AsSpan(0, length).Clear();
        }

        return true;
    }

    /// <summary>Receives a datagram. Only where somebody may be turned away is it asked who sent it.</summary>
    private int Receive(out bool isAdmitted, out SocketError error)
    {
        isAdmitted = true;
        if (!_guard.IsStrict)
        {
            return _socket.Receive(_datagram, SocketFlags.None, out error);
        }

        error = SocketError.WouldBlock;
        if (!_socket.Poll(0, SelectMode.SelectRead))
        {
            return 0;
        }

        try
        {
            var length = _socket.ReceiveFrom(_datagram, SocketFlags.None, _sender);
            isAdmitted = _guard.Admits(_sender);
            error = SocketError.Success;
            return length;
        }
        catch (SocketException problem)
        {
            error = problem.SocketErrorCode;
            return 0;
        }
    }

    private void Take(int length)
    {
        var datagram = _datagram.AsSpan(0, length);
        if (_order is null)
        {
            _packet.Fill(new ArraySegment<byte>(_datagram, 0, length));
            return;
        }

        var isTaken = _order.Take(datagram, Stopwatch.GetTimestamp());
        _refused = isTaken ? 0 : length;
        if (isTaken)
        {
            datagram.Clear();
        }
    }

    /// <summary>When to look again at the latest: a packet may be given up, and one that sent some may have stalled.</summary>
    private TimeSpan Quiet()
    {
        var now = Stopwatch.GetTimestamp();
        if (_heardAt == 0)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var left = _patience - Stopwatch.GetElapsedTime(_heardAt, now);
        if (left <= TimeSpan.Zero)
        {
            throw Stalled();
        }

        if (_order?.Deadline is { } deadline && Stopwatch.GetElapsedTime(now, Math.Max(now, deadline)) is var until && until < left)
        {
            left = until;
        }

        return left < LongestRest ? left : LongestRest;
    }

    private AudioDeviceException Stalled() => new(
        AudioDeviceError.Gone,
        string.Create(CultureInfo.InvariantCulture, $"{Name} has stalled: no packet came for {_patience.TotalSeconds:0.#} s{(_order is null ? "" : $" ({_order})")}{(_guard.Note is { } note ? $"; {_guard.Refused} were left out: {note}" : "")}."));
}
