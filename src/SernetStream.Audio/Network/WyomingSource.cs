using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>
/// <c>wyoming://host:port</c>: the microphone of a Wyoming service or satellite. A microphone service sends to whoever
/// connects; a satellite sends to one server, after <c>run-satellite</c>. With <c>wyoming-listen://</c>, a program that speaks Wyoming
/// connects to this machine, as satellites do to a service for wake words, and sends.
/// </summary>
/// <remarks>
/// A satellite that waits for speech or for its wake word sends nothing in between. That time is missing samples, told
/// twice a second, so that time goes on downstream. Whether it is still there is asked by <c>ping</c>.
/// </remarks>
internal sealed class WyomingSource : IInstantSource
{
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes("{\"type\":\"describe\"}\n{\"type\":\"run-satellite\"}\n");
    private static readonly byte[] Ping = Encoding.ASCII.GetBytes("{\"type\":\"ping\"}\n");
    private static readonly byte[] Pong = Encoding.ASCII.GetBytes("{\"type\":\"pong\"}\n");

    /// <summary>It only listens: nobody who looks for a recogniser or a voice is to choose it.</summary>
    private static readonly byte[] NoService = Encoding.ASCII.GetBytes("{\"type\":\"info\",\"data\":{\"asr\":[],\"tts\":[],\"handle\":[],\"intent\":[],\"wake\":[],\"mic\":[],\"snd\":[]}}\n");
    private static readonly StreamFormat Usual = new(CaptureFormat.PreferredRate, 1, PcmEncoding.Signed16);

    /// <summary>A microphone that sends without a break is late by less.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>A sender whose machine lost its power says no good-bye: the system asks for it after so many seconds of silence.</summary>
    private const int AskAfterSeconds = 5;
    private const int MostAsked = 3;

    private readonly Socket _socket;
    private readonly TimeSpan _patience;
    private readonly ChannelChoice _channel;
    private readonly WyomingFrames _frames;
    private readonly PatientReader _reader;
    private PcmPacket? _packet;
    private long _toldUntil;
    private long _heardAt;
    private bool _isPinged;
    private bool _isPaused = true;

    private readonly bool _isSender;

    /// <param name="socket">Connected; not owned.</param>
    /// <param name="name">What a person calls it.</param>
    /// <param name="channel">Which channel is heard.</param>
    /// <param name="patience">After this time without an answer, the peer has stalled; null: the peer has come by itself, and is not asked.</param>
    private WyomingSource(Socket socket, string name, ChannelChoice channel, TimeSpan? patience)
    {
        (_socket, Name, _channel, _patience, _isSender) = (socket, name, channel, patience ?? TimeSpan.MaxValue, patience is null);
        _frames = new WyomingFrames(
            name, _isSender ? "Check what connects to this port." : "Check the address: it needs a microphone service or a satellite.");
        _reader = new PatientReader(socket.SafeHandle);
        (_heardAt, _toldUntil) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate => (_packet?.Format ?? Usual).SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _packet?.Note;

    /// <summary>Connects, and waits for the first samples, or for the word that the peer is a satellite.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> OpenAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken)
    {
        var name = address.Name;
        var socket = await TcpStream.ConnectAsync(address, options, cancellationToken).ConfigureAwait(false);
        socket.Blocking = false;
        var source = new WyomingSource(socket, name, options.Channel, options.Network.StallLimit);
        try
        {
            source.Send(Hello);
            await source.BeginAsync(options.OpenLimit, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            source.Dispose();
            socket.Dispose();
            throw;
        }

        return await Connection.OpenAsync(name, source, socket, options.OpenLimit, () => Task.FromResult(source.WhyEnded()), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the first samples of one who has connected to this machine.</summary>
    /// <param name="socket">The connection; owned, also if this throws.</param>
    /// <param name="name">What a person calls it.</param>
    /// <param name="channel">Which channel is heard.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="note">Who was turned away, if anybody was.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> OfSenderAsync(
        Socket socket, string name, ChannelChoice channel, TimeSpan limit, Func<string?> note, CancellationToken cancellationToken)
    {
        WyomingSource? source = null;
        try
        {
            socket.Blocking = false;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, AskAfterSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, AskAfterSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, MostAsked);
            source = new WyomingSource(socket, name, channel, patience: null);
            await source.HearFirstAsync(limit, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            source?.Dispose();
            socket.Dispose();
            throw;
        }

        return await Connection.OpenAsync(name, source, socket, limit, () => Task.FromResult(TcpStream.Ended(name)), cancellationToken, note).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) =>
        _reader.Read(this, destination, wanted, cancellationToken);

    /// <inheritdoc/>
    public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
    {
        (block, quiet) = (default, default);
        while (_packet is not { Frames: > 0 })
        {
            if (!TryNextEvent(out var isOver))
            {
                if (isOver)
                {
                    block = new AudioBlock(0, Stopwatch.GetTimestamp(), 0);
                    return true;
                }

                return TryTellGap(out block, out quiet);
            }
        }

        if (_isPaused)
        {
            block = Resume(_packet);
            return true;
        }

        var count = _packet.Take(destination);
        _toldUntil = Stopwatch.GetTimestamp();
        block = new AudioBlock(count, _toldUntil, 0);
        return true;
    }

    /// <inheritdoc/>
    public void Interrupt() => _reader.Interrupt();

    /// <inheritdoc/>
    public void Dispose()
    {
        _frames.Erase();
        _reader.Dispose();
    }

    /// <summary>Waits for the format, or for what shows a peer that sends only now and then.</summary>
    private async Task BeginAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (_packet is null && _frames.Kind is not (WyomingEventKind.Info or WyomingEventKind.Pong))
        {
            if (Stopwatch.GetElapsedTime(began) >= limit)
            {
                throw new AudioDeviceException(
                    AudioDeviceError.NotAnswering,
                    string.Create(CultureInfo.InvariantCulture, $"{Name} did not answer within {limit.TotalSeconds:0.#} s. Check the address: it needs a Wyoming microphone service or a satellite."));
            }

            if (TryNextEvent(out var isOver))
            {
                continue;
            }

            if (isOver)
            {
                throw WhyEnded();
            }

            await Task.Delay(Connection.Look, cancellationToken).ConfigureAwait(false);
        }

        if (_frames is { Kind: WyomingEventKind.Info, HasMicrophone: false })
        {
            throw new AudioDeviceException(
                AudioDeviceError.FormatRefused, $"{Name} is a Wyoming service without a microphone. Name a microphone service or a satellite.");
        }
    }

    private async Task HearFirstAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (_packet is null)
        {
            if (Stopwatch.GetElapsedTime(began) >= limit)
            {
                throw new AudioDeviceException(
                    AudioDeviceError.NotAnswering,
                    string.Create(CultureInfo.InvariantCulture, $"{Name} gave no sound: who connected sent none within {limit.TotalSeconds:0.#} s."));
            }

            if (TryNextEvent(out var isOver))
            {
                continue;
            }

            if (isOver)
            {
                throw new AudioDeviceException(AudioDeviceError.Gone, $"{Name} gave no sound: who connected closed the connection without a sample.");
            }

            await Task.Delay(Connection.Look, cancellationToken).ConfigureAwait(false);
        }
    }

    private AudioDeviceException WhyEnded() => _packet is null
        ? new AudioDeviceException(
            AudioDeviceError.Busy,
            $"{Name} closed the connection without a sample. A satellite has one server only: disable it in Home Assistant, or name another.")
        : TcpStream.Ended(Name);

    /// <summary>Handles an event, or receives a part of one.</summary>
    /// <param name="isOver">Whether the peer closed the connection.</param>
    /// <returns>False if nothing has come, or the connection is over.</returns>
    private bool TryNextEvent(out bool isOver)
    {
        isOver = false;
        if (_frames.TryNext())
        {
            Handle();
            return true;
        }

        var length = _socket.Receive(_frames.Room(), SocketFlags.None, out var error);
        switch (error)
        {
            case SocketError.Success when length == 0:
            case SocketError.ConnectionReset:
                isOver = true;
                return false;
            case SocketError.Success:
                (_heardAt, _isPinged) = (Stopwatch.GetTimestamp(), false);
                _frames.Add(length);
                return true;
            case SocketError.WouldBlock:
                return false;
            default:
                throw SocketFault.Of(Name, new SocketException((int)error));
        }
    }

    /// <summary>Nothing has come: tells the time that is missing, if it is time to.</summary>
    private bool TryTellGap(out AudioBlock gap, out TimeSpan quiet)
    {
        gap = default;
        var silence = Stopwatch.GetElapsedTime(_heardAt);
        if (!_isSender && silence >= _patience / 2 && !_isPinged)
        {
            _isPinged = true;
            Send(Ping);
        }

        // A look twice a second is enough for the ping, and for the stall.
        quiet = DeviceGaps.Interval - Stopwatch.GetElapsedTime(_toldUntil);
        var isDue = quiet <= TimeSpan.Zero && (_isPaused || silence >= LongestDelay);
        quiet = quiet > TimeSpan.Zero ? quiet : DeviceGaps.Interval;
        if (isDue)
        {
            gap = Gap(Stopwatch.GetTimestamp());
        }
        else if (silence >= _patience)
        {
            throw new AudioDeviceException(
                AudioDeviceError.Gone,
                string.Create(CultureInfo.InvariantCulture, $"{Name} has stalled: it did not answer for {_patience.TotalSeconds:0.#} s."));
        }

        return isDue;
    }

    private void Handle()
    {
        switch (_frames.Kind)
        {
            case WyomingEventKind.AudioChunk when _frames.Payload.Count > 0:
                Take(_frames.Format ?? _packet?.Format ?? Usual, _frames.Payload);
                break;
            case WyomingEventKind.AudioStop:
                _isPaused = true;
                break;
            case WyomingEventKind.Ping:
                Send(Pong);
                break;
            case WyomingEventKind.Describe when _isSender:
                Send(NoService);
                break;
            default:
                break;
        }
    }

    private void Take(StreamFormat format, ArraySegment<byte> payload)
    {
        if (_packet is not null && _packet.Format != format)
        {
            throw new AudioDeviceException(AudioDeviceError.Gone, $"{Name} has changed its format.");
        }

        if (!_channel.IsIn(format.Channels))
        {
            throw new AudioDeviceException(AudioDeviceError.FormatRefused, _channel.MissingIn(Name, format.Channels));
        }

        _packet ??= new PcmPacket(format, _channel);
        _packet.Fill(payload);
    }

    /// <summary>Sound again: the gap ends where it begins.</summary>
    private AudioBlock Resume(PcmPacket packet)
    {
        var sound = packet.Frames * (double)Stopwatch.Frequency / SampleRate;
        var gap = Gap(Stopwatch.GetTimestamp() - (long)sound);
        _isPaused = false;
        return gap;
    }

    /// <summary>The time until then, in which nothing came.</summary>
    private AudioBlock Gap(long until)
    {
        var lost = (long)((Int128)Math.Max(0, until - _toldUntil) * SampleRate / Stopwatch.Frequency);
        (_isPaused, _toldUntil) = (true, Math.Max(_toldUntil, until));
        // A block without samples and without a gap would be the end.
        return new AudioBlock(0, _toldUntil, Math.Max(1, lost));
    }

    private void Send(byte[] line)
    {
        // A few bytes into an empty buffer: they fit, or the connection is broken, which the next read shows.
        _socket.Send(line, 0, line.Length, SocketFlags.None, out _);
    }
}
