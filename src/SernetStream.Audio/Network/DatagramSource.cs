using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;
using SernetStream.Native;

namespace SernetStream.Audio.Network;

/// <summary>Samples in datagrams: of RTP, which numbers them, or bare.</summary>
internal sealed class DatagramSource : IAudioSource
{
    /// <summary>The largest payload of UDP.</summary>
    public const int LargestDatagram = 65_507;

    /// <summary>Room for the header of a packet, with its extension.</summary>
    private const int LongestHeader = 512;

    private readonly Socket _socket;
    private readonly RtpOrder? _order;
    private readonly TimeSpan _patience;
    private readonly SenderGuard _guard;
    private readonly SocketAddress _sender;
    private readonly PcmPacket _packet;
    private readonly WakeEvent _wake = new();
    private readonly byte[] _datagram;
    private long _pendingLost;
    private int _refused;
    private long _heardAt;
    private volatile bool _isHurried;

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
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        wanted = Math.Min(wanted, destination.Length);
        var (count, lost) = (0, 0L);
        while (count < (_isHurried ? 1 : wanted))
        {
            if (_packet.Frames == 0 && !TryNext())
            {
                if (!TryReceive(count > 0, cancellationToken))
                {
                    break;
                }

                continue;
            }

            if (_pendingLost > 0)
            {
                if (count > 0)
                {
                    break;
                }

                (lost, _pendingLost) = (_pendingLost, 0);
            }

            count += _packet.Take(destination[count..]);
        }

        _isHurried = false;
        return new AudioBlock(count, Stopwatch.GetTimestamp(), lost);
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        _isHurried = true;
        _wake.TrySignal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _datagram.AsSpan().Clear();
        _order?.Erase();
        _wake.Dispose();
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
        return true;
    }

    /// <summary>Takes what has come, or waits for it.</summary>
    /// <param name="hasSome">Whether there is something to return rather than to throw.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if what there is must be returned.</returns>
    private bool TryReceive(bool hasSome, CancellationToken cancellationToken)
    {
        if (_refused > 0)
        {
            // Those before it were taken out.
            Take(_refused);
            return true;
        }

        var length = Receive(out var isAdmitted, out var error);
        if (error == SocketError.Success)
        {
            if (!isAdmitted)
            {
                _datagram.AsSpan(0, length).Clear();
                return Wait(hasSome, cancellationToken);
            }

            _heardAt = Stopwatch.GetTimestamp();
            Take(length);
            return true;
        }

        if (error is not (SocketError.WouldBlock or SocketError.ConnectionReset or SocketError.ConnectionRefused))
        {
            return hasSome ? false : throw SocketFault.Of(Name, new SocketException((int)error));
        }

        return Wait(hasSome, cancellationToken);
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

    private bool Wait(bool hasSome, CancellationToken cancellationToken)
    {
        var now = Stopwatch.GetTimestamp();
        var left = _heardAt == 0 ? Timeout.InfiniteTimeSpan : _patience - Stopwatch.GetElapsedTime(_heardAt, now);
        if (_heardAt != 0 && left <= TimeSpan.Zero)
        {
            return hasSome ? false : throw Stalled();
        }

        if (_order?.Deadline is { } deadline)
        {
            var until = Stopwatch.GetElapsedTime(now, Math.Max(now, deadline));
            left = left == Timeout.InfiniteTimeSpan || until < left ? until : left;
        }

        try
        {
            _wake.Wait(left, _socket.SafeHandle, cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (hasSome)
        {
            // Samples from before are not lost: the next call meets the cancellation again.
            return false;
        }
    }

    private AudioDeviceException Stalled() => new(
        AudioDeviceError.Gone,
        string.Create(CultureInfo.InvariantCulture, $"{Name} has stalled: no packet came for {_patience.TotalSeconds:0.#} s{(_order is null ? "" : $" ({_order})")}{(_guard.Note is { } note ? $"; {_guard.Refused} were left out: {note}" : "")}."));
}
