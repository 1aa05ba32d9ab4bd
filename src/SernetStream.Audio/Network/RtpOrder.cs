using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace SernetStream.Audio.Network;

/// <summary>
/// Puts the packets of one RTP sender (RFC 3550) into order: holds those that came too early for a moment, drops those
/// that came late or twice, and says how many frames are missing before each.
/// </summary>
/// <param name="clockRate">Ticks of the sender's timestamps a second, which are frames for plain samples.</param>
/// <param name="frameSize">Bytes of a frame.</param>
internal sealed class RtpOrder(int clockRate, int frameSize)
{
    /// <summary>The longest payload that is taken.</summary>
    public const int LargestPayload = 9_000;

    /// <summary>Packets that are held while one before them is missing.</summary>
    public const int Window = 8;

    /// <summary>How long they are held at most.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(60);

    private const int HeaderSize = 12;
    private const int Version = 2;

    /// <summary>A sequence number that is further away is no gap: the sender has begun anew (RFC 3550, A.1).</summary>
    private const int LargestGap = 3_000;

    /// <summary>A timestamp that is further away says nothing about what is missing.</summary>
    private const int LongestGapSeconds = 10;

    private readonly Slot[] _slots = [.. Enumerable.Range(0, Window).Select(_ => new Slot())];
    private ulong _delivered;
    private int _held;
    private bool _isForced;
    private bool _isStarted;
    private uint _sender;
    private readonly Slot _candidate = new();
    private uint _candidateSender;
    private ushort _next;
    private uint _timestamp;
    private int _skipped;
    private int _lastFrames;

    /// <summary>The payload type that is heard: the first that came; null before.</summary>
    public int? PayloadType { get; private set; }

    /// <summary>Packets that were delivered.</summary>
    public long Packets { get; private set; }

    /// <summary>Packets that never came, or came late.</summary>
    public long Missing { get; private set; }

    /// <summary>Packets that came after the wait for them was over.</summary>
    public long Late { get; private set; }

    /// <summary>Packets that came again.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Packets of other senders or payload types, and what is no packet.</summary>
    public long Foreign { get; private set; }

    /// <summary>How often another sender took over, or this one began anew.</summary>
    public long Restarts { get; private set; }

    /// <summary>Ticks of the monotonic clock at which the wait for a missing packet is over; null if none is waited for.</summary>
    public long? Deadline
    {
        get
        {
            var first = long.MaxValue;
            foreach (var slot in _slots)
            {
                first = slot.IsHeld ? Math.Min(first, slot.ArrivedAt) : first;
            }

            return _held == 0 ? null : first + (long)(Patience.TotalSeconds * Stopwatch.Frequency);
        }
    }

    /// <summary>The counts, in a clause.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Packets} packets, {Missing} missing, {Late} late, {Duplicates} twice, {Foreign} of others");

    /// <summary>The payload type of a packet; null if it is no RTP packet of sound (RTCP has types 72 to 76).</summary>
    public static int? PayloadTypeOf(ReadOnlySpan<byte> packet) =>
        packet.Length >= HeaderSize && packet[0] >> 6 == Version && (packet[1] & 0x7F) is var type and not (>= 72 and <= 76) ? type : null;

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">As it came.</param>
    /// <param name="now">Ticks of the monotonic clock.</param>
    /// <returns>False if those that are held must be taken out first, by <see cref="TryNext"/> until it says no.</returns>
    public bool Take(ReadOnlySpan<byte> packet, long now)
    {
        if (PayloadTypeOf(packet) is not { } type || (PayloadType ?? type) != type || !TryPayload(packet, out var payload))
        {
            Foreign++;
            return true;
        }

        var sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        var timestamp = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        var sender = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        if (!_isStarted)
        {
            PayloadType = type;
            Restart(sender, sequence, timestamp);
        }

        var ahead = (short)(sequence - _next);
        if (sender != _sender || ahead is <= -LargestGap or >= LargestGap)
        {
            return TakeOver(sender, sequence, timestamp, payload, now);
        }

        _candidate.IsHeld = false;
        return Place(ahead, sequence, timestamp, payload, now);
    }

    /// <summary>The next packet in order, if it is there, or if the wait for it is over.</summary>
    /// <param name="now">Ticks of the monotonic clock.</param>
    /// <param name="payload">Its samples; valid until the next <see cref="Take"/>.</param>
    /// <param name="lost">Frames that are missing before it.</param>
    public bool TryNext(long now, out ArraySegment<byte> payload, out long lost)
    {
        (payload, lost) = (default, 0);
        if (_held == 0)
        {
            _isForced = false;
            return false;
        }

        if (!At(_next).Holds(_next))
        {
            if (!_isForced && now < Deadline)
            {
                return false;
            }

            SkipToHeld();
        }

        var slot = At(_next);
        payload = new ArraySegment<byte>(slot.Payload, 0, slot.Length);
        lost = Account(slot.Timestamp, slot.Length / frameSize);
        (slot.IsHeld, _held) = (false, _held - 1);
        return true;
    }

    /// <summary>Overwrites what is held.</summary>
    public void Erase() => Array.ForEach([.. _slots, _candidate], slot => Array.Clear(slot.Payload));

    private Slot At(ushort sequence) => _slots[sequence % Window];

    private static bool TryPayload(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> payload)
    {
        var from = HeaderSize + (4 * (packet[0] & 15));
        if ((packet[0] & 0x10) != 0 && packet.Length >= from + 4)
        {
            from += 4 + (4 * BinaryPrimitives.ReadUInt16BigEndian(packet[(from + 2)..]));
        }

        var padding = (packet[0] & 0x20) != 0 ? packet[^1] : 0;
        var length = packet.Length - from - padding;
        payload = length > 0 && length <= LargestPayload ? packet.Slice(from, length) : default;
        return payload.Length > 0;
    }

    private void Restart(uint sender, ushort sequence, uint timestamp)
    {
        (_isStarted, _sender, _next, _timestamp, _delivered, _candidate.IsHeld) = (true, sender, sequence, timestamp, 0, false);
    }

    /// <summary>Two packets in a row of another sender, or of one that counts anew, are heard from the first of them on.</summary>
    private bool TakeOver(uint sender, ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, long now)
    {
        var first = (ushort)(sequence - 1);
        if (!_candidate.Holds(first) || _candidateSender != sender)
        {
            Foreign++;
            _candidate.Fill(sequence, timestamp, payload, now);
            _candidateSender = sender;
            return true;
        }

        if (_held > 0)
        {
            _isForced = true;
            return false;
        }

        (Restarts, Foreign) = (Restarts + 1, Foreign - 1);
        Restart(sender, first, _candidate.Timestamp);
        return Place(0, first, _candidate.Timestamp, _candidate.Samples, now) && Place(1, sequence, timestamp, payload, now);
    }

    private bool Place(short ahead, ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, long now)
    {
        if (ahead < 0)
        {
            var wasDelivered = ahead >= -64 && (_delivered >> (-ahead - 1) & 1) != 0;
            (Duplicates, Late) = wasDelivered ? (Duplicates + 1, Late) : (Duplicates, Late + 1);
            return true;
        }

        if (ahead >= Window)
        {
            if (_held > 0)
            {
                _isForced = true;
                return false;
            }

            Skip(ahead);
        }

        var slot = At(sequence);
        if (slot.IsHeld)
        {
            Duplicates++;
            return true;
        }

        slot.Fill(sequence, timestamp, payload, now);
        _held++;
        return true;
    }

    private void SkipToHeld()
    {
        var ahead = 1;
        while (!At((ushort)(_next + ahead)).Holds((ushort)(_next + ahead)))
        {
            ahead++;
        }

        Skip(ahead);
    }

    private void Skip(int packets)
    {
        Missing += packets;
        _skipped += packets;
        _next += (ushort)packets;
        _delivered = packets >= 64 ? 0 : _delivered << packets;
    }

    /// <returns>Frames that are missing before the packet: by its timestamp, or by what packets hold as a rule.</returns>
    private long Account(uint timestamp, int frames)
    {
        var lost = (long)(int)(timestamp - _timestamp);
        lost = lost >= 0 && lost <= LongestGapSeconds * (long)clockRate ? lost : (long)_skipped * _lastFrames;
        _timestamp = timestamp + (uint)frames;
        (_skipped, _lastFrames) = (0, frames);
        _delivered = (_delivered << 1) | 1;
        _next++;
        Packets++;
        return lost;
    }

    private sealed class Slot
    {
        public byte[] Payload { get; } = new byte[LargestPayload];

        public ReadOnlySpan<byte> Samples => Payload.AsSpan(0, Length);

        public bool IsHeld { get; set; }

        public int Length { get; private set; }

        public uint Timestamp { get; private set; }

        public long ArrivedAt { get; private set; }

        private ushort Sequence { get; set; }

        public bool Holds(ushort sequence) => IsHeld && Sequence == sequence;

        public void Fill(ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, long now)
        {
            payload.CopyTo(Payload);
            (IsHeld, Sequence, Timestamp, Length, ArrivedAt) = (true, sequence, timestamp, payload.Length, now);
        }
    }
}
