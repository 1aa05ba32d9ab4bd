using System.Buffers.Binary;
using System.Diagnostics;
using SernetStream.Audio.Network;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Packets that come in any order, late, twice or never.</summary>
public sealed class RtpOrderTests
{
    private const int Rate = 16_000;
    private const int Frames = 160;
    private readonly RtpOrder _order = new(Rate, 2);
    private readonly List<(int Number, long Lost)> _heard = [];
    private long _now = Stopwatch.GetTimestamp();

    [Fact]
    public void In_order_all_are_heard_across_the_end_of_the_numbers()
    {
        for (var i = 65_530; i < 65_545; i++)
        {
            Send(i);
        }

        Assert.Equal(15, _heard.Count);
        Assert.All(_heard, one => Assert.Equal(0, one.Lost));
        Assert.Equal("15 packets, 0 missing, 0 late, 0 twice, 0 of others", _order.ToString());
    }

    [Fact]
    public void Those_that_overtake_are_put_back()
    {
        foreach (var i in (int[])[1, 3, 2, 6, 5, 4, 7])
        {
            Send(i);
        }

        Assert.Equal([1, 2, 3, 4, 5, 6, 7], _heard.Select(one => one.Number));
        Assert.All(_heard, one => Assert.Equal(0, one.Lost));
    }

    [Fact]
    public void One_that_never_comes_is_a_gap_when_the_wait_is_over()
    {
        Send(1);
        Send(3);
        Assert.Equal([(1, 0)], _heard);
        Later(RtpOrder.Patience);
        Assert.Equal([(1, 0), (3, Frames)], _heard);
        Assert.Equal(1, _order.Missing);
        Send(2);
        Send(3);
        Send(4);
        Assert.Equal((4, 0), _heard[^1]);
        Assert.Equal("3 packets, 1 missing, 1 late, 1 twice, 0 of others", _order.ToString());
    }

    [Fact]
    public void So_many_after_it_end_the_wait_too()
    {
        Send(0);
        for (var i = 2; i <= RtpOrder.Window + 1; i++)
        {
            Send(i);
        }

        Assert.Equal((2, Frames), _heard[1]);
        Assert.Equal(RtpOrder.Window + 1, _heard[^1].Number);
    }

    [Fact]
    public void A_long_gap_is_as_long_as_the_timestamps_say()
    {
        Send(1);
        Send(500);
        Assert.Equal([(1, 0), (500, 498 * Frames)], _heard);
        Assert.Equal(498, _order.Missing);
    }

    [Fact]
    public void Silence_that_is_not_sent_is_a_gap()
    {
        Send(1);
        _order.Take(Packet(2, timestamp: 10 * Frames), _now);
        Drain();
        Assert.Equal((2, 8 * Frames), _heard[1]);
        Assert.Equal(0, _order.Missing);
    }

    [Fact]
    public void A_sender_that_takes_over_or_begins_anew_is_heard_once_it_has_sent_two_packets()
    {
        Send(1);
        Send(40_000);
        Send(40_001);
        Send(40_002);
        Assert.Equal([(1, 0), (40_000, 0), (40_001, 0), (40_002, 0)], _heard);
        Send(7, sender: 8);
        Send(40_003);
        Send(8, sender: 8);
        Send(9, sender: 8);
        Assert.Equal([40_003, 8, 9], _heard.Skip(4).Select(one => one.Number));
        Assert.Equal("7 packets, 0 missing, 0 late, 0 twice, 1 of others", _order.ToString());
        Assert.Equal(2, _order.Restarts);
    }

    [Fact]
    public void What_is_no_sound_is_left_out()
    {
        Send(1);
        _order.Take(Packet(2, type: 13), _now);
        _order.Take([1, 2, 3], _now);
        _order.Take([.. Enumerable.Repeat((byte)0xFF, 200)], _now);
        _order.Take(Packet(2).AsSpan(0, 12), _now);
        Send(2);
        Assert.Equal([(1, 0), (2, 0)], _heard);
        Assert.Equal(4, _order.Foreign);
        Assert.Equal(97, _order.PayloadType);
        Assert.Null(RtpOrder.PayloadTypeOf([0x80, 200, .. new byte[20]]));
    }

    [Fact]
    public void Headers_of_any_length_are_passed_over()
    {
        byte[] packet = [.. Packet(1).AsSpan(0, 12), 0, 0, 0, 9, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 0, 1, 0, 1, 0, 2];
        packet[0] = 0x80 | 0x10 | 0x20 | 1;
        _order.Take(packet, _now);
        Assert.True(_order.TryNext(_now, out var payload, out _));
        Assert.Equal((byte[])[0, 1, 0, 1], payload.ToArray());
    }

    [Fact]
    public void Whatever_comes_nothing_is_heard_twice_or_backwards()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var number = i / 2 + random.Next(-12, 12);
            if (number >= 0)
            {
                Send(number);
                Later(TimeSpan.FromMilliseconds(random.Next(3)));
            }
        }

        for (var i = 1; i < _heard.Count; i++)
        {
            Assert.Equal(_heard[i - 1].Number + 1 + (_heard[i].Lost / Frames), _heard[i].Number);
        }

        Assert.Equal(_heard.Count, _order.Packets);
        Assert.Equal(_heard[^1].Number - _heard[0].Number + 1, _order.Packets + _order.Missing);
    }

    private void Send(int number, uint sender = 7)
    {
        var packet = Packet(number, sender: sender);
        while (!_order.Take(packet, _now))
        {
            Drain();
        }

        Drain();
    }

    private void Later(TimeSpan time)
    {
        _now += (long)(time.TotalSeconds * Stopwatch.Frequency) + 1;
        Drain();
    }

    private void Drain()
    {
        while (_order.TryNext(_now, out var payload, out var lost))
        {
            _heard.Add((BinaryPrimitives.ReadInt32BigEndian(payload), lost));
        }
    }

    /// <summary>A packet whose samples begin with its number.</summary>
    private static byte[] Packet(int number, int? timestamp = null, uint sender = 7, int type = 97)
    {
        var packet = new byte[12 + (2 * Frames)];
        (packet[0], packet[1]) = (0x80, (byte)type);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(timestamp ?? number * Frames));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), sender);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(12), number);
        return packet;
    }
}
