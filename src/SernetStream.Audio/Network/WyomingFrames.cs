using System.Text.Json;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>What an event of the Wyoming protocol is, as far as a listener must know.</summary>
internal enum WyomingEventKind
{
    /// <summary>Anything else, which is passed over.</summary>
    Other,

    /// <summary>Samples are the payload.</summary>
    AudioChunk,

    /// <summary>No samples for a while.</summary>
    AudioStop,

    /// <summary>The peer asks whether anybody is there.</summary>
    Ping,

    /// <summary>The peer is there.</summary>
    Pong,

    /// <summary>The peer says what it is.</summary>
    Info,

    /// <summary>The peer asks what this is.</summary>
    Describe,

    /// <summary>The peer has a fault.</summary>
    Error,
}

/// <summary>
/// Reads events from a connection: a line of JSON, then as many bytes of data and of payload as it says. Nothing is
/// allocated for an event, and no more than one is held.
/// </summary>
/// <param name="name">What a person calls the peer.</param>
/// <param name="advice">What to check if it does not speak the protocol, in a sentence.</param>
internal sealed class WyomingFrames(string name, string advice)
{
    private const int LargestHeader = 16 * 1024;
    private const int LargestData = 256 * 1024;
    private const int LargestPayload = 1024 * 1024;

    private byte[] _bytes = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _dataLength;
    private int _payloadLength;
    private int _rate;
    private int _width;
    private int _channels;

    /// <summary>What the event is.</summary>
    public WyomingEventKind Kind { get; private set; }

    /// <summary>Of an <c>info</c>: whether the peer is a microphone service or a satellite.</summary>
    public bool HasMicrophone { get; private set; }

    /// <summary>Its payload; valid until more is read.</summary>
    public ArraySegment<byte> Payload { get; private set; }

    /// <summary>The format that it names; null if it names none that can be used.</summary>
    public StreamFormat? Format =>
        Dsp.Resampling.SampleRates.IsSupported(_rate) && _channels is >= 1 and <= ChannelChoice.MaxChannels && Encoding is { } encoding
            ? new StreamFormat(_rate, _channels, encoding)
            : null;

    private PcmEncoding? Encoding => _width switch
    {
        1 => PcmEncoding.Unsigned8,
        2 => PcmEncoding.Signed16,
        3 => PcmEncoding.Signed24,
        4 => PcmEncoding.Signed32,
        _ => null,
    };

    /// <summary>Room for what comes next; after the events so far were taken out by <see cref="TryNext"/>.</summary>
    public Span<byte> Room()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        if (_end == _bytes.Length && _start > 0)
        {
            _bytes.AsSpan(_start.._end).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _bytes.Length)
        {
            // Only for an event that is longer than any before, and never beyond its limits.
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        return _bytes.AsSpan(_end);
    }

    /// <summary>So many bytes came.</summary>
    public void Add(int count) => _end += count;

    /// <summary>Takes out an event, if all of it is there.</summary>
    /// <exception cref="AudioDeviceException">It breaks the protocol.</exception>
    public bool TryNext()
    {
        var there = _bytes.AsSpan(_start.._end);
        var line = there.IndexOf((byte)'\n');
        if (line < 0)
        {
            return there.Length > LargestHeader ? throw Broken("its header is too long") : false;
        }

        HasMicrophone = false;
        (Kind, _dataLength, _payloadLength, _rate, _width, _channels) = (WyomingEventKind.Other, 0, 0, 0, 0, 0);
        try
        {
            ReadHeader(there[..line]);
            var length = line + 1 + _dataLength + _payloadLength;
            if (there.Length < length)
            {
                Kind = WyomingEventKind.Other;
                return false;
            }

            if (_dataLength > 0)
            {
                ReadData(there.Slice(line + 1, _dataLength));
            }

            Payload = new ArraySegment<byte>(_bytes, _start + line + 1 + _dataLength, _payloadLength);
            _start += length;
            return true;
        }
        catch (JsonException)
        {
            throw Broken("it sends no JSON");
        }
    }

    /// <summary>Overwrites what is held.</summary>
    public void Erase() => Array.Clear(_bytes);

    private void ReadHeader(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw Broken("it sends no JSON object");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                Kind = KindOf(ref json);
            }
            else if (json.ValueTextEquals("data_length"u8))
            {
                _dataLength = Length(ref json, LargestData);
            }
            else if (json.ValueTextEquals("payload_length"u8))
            {
                _payloadLength = Length(ref json, LargestPayload);
            }
            else if (json.ValueTextEquals("data"u8))
            {
                json.Read();
                ReadFields(ref json);
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }
    }

    private void ReadData(ReadOnlySpan<byte> data)
    {
        var json = new Utf8JsonReader(data);
        json.Read();
        ReadFields(ref json);
    }

    /// <summary>Reads the format's fields of an object, from its first token to its last.</summary>
    private void ReadFields(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("rate"u8))
            {
                _rate = Length(ref json, int.MaxValue);
            }
            else if (json.ValueTextEquals("width"u8))
            {
                _width = Length(ref json, int.MaxValue);
            }
            else if (json.ValueTextEquals("channels"u8))
            {
                _channels = Length(ref json, int.MaxValue);
            }
            else
            {
                var names = json.ValueTextEquals("satellite"u8) || json.ValueTextEquals("mic"u8);
                json.Read();
                HasMicrophone |= names && (json.TokenType == JsonTokenType.StartObject || (json.TokenType == JsonTokenType.StartArray && !IsEmpty(json)));
                json.Skip();
            }
        }
    }

    /// <summary>Whether an array is empty; on a copy of its reader.</summary>
    private static bool IsEmpty(Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.EndArray;

    private static WyomingEventKind KindOf(ref Utf8JsonReader json) =>
        json.TokenType != JsonTokenType.String ? WyomingEventKind.Other
        : json.ValueTextEquals("audio-chunk"u8) ? WyomingEventKind.AudioChunk
        : json.ValueTextEquals("audio-stop"u8) ? WyomingEventKind.AudioStop
        : json.ValueTextEquals("ping"u8) ? WyomingEventKind.Ping
        : json.ValueTextEquals("pong"u8) ? WyomingEventKind.Pong
        : json.ValueTextEquals("info"u8) ? WyomingEventKind.Info
        : json.ValueTextEquals("describe"u8) ? WyomingEventKind.Describe
        : json.ValueTextEquals("error"u8) ? WyomingEventKind.Error
        : WyomingEventKind.Other;

    private int Length(ref Utf8JsonReader json, int most)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
        {
            return 0;
        }

        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var length) && length >= 0 && length <= most
            ? length
            : throw Broken("a length in it cannot be");
    }

    private AudioDeviceException Broken(string why) => new(
        AudioDeviceError.FormatRefused, $"{name} does not speak the Wyoming protocol: {why}. {advice}");
}
