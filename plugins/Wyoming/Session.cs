using System.Threading.Channels;
using SernetStream.Plugins.Wyoming.Protocol;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// One connection: what the client sends is read here, in order; the answers are written by <see cref="ClientWriter"/>.
/// </summary>
internal sealed class Session(Stream stream, PluginContext context, WyomingSettings settings, byte[] info, Peer peer)
    : IAsyncDisposable
{
    private const int RoomQueue = 64;

    private readonly TimeSpan _idleLimit = TimeSpan.FromSeconds(settings.IdleLimit);
    private readonly FrameReader _reader = new(stream, new FrameLimits());
    private readonly ClientWriter _writer = new(stream, settings, peer.Refractory);
    private readonly SatelliteEvents _satellite = new(settings.HoldWhileSpeaking ? peer.Speech : null, context.Clock);
    private readonly Channel<RoomEvent> _room = Channel.CreateBounded<RoomEvent>(
        new BoundedChannelOptions(RoomQueue) { FullMode = BoundedChannelFullMode.DropOldest });
    private ClientAudioStream? _audio;
    private bool _hasChangedFormat;
    private byte[] _silence = [];

    /// <summary>The machine that the client is on.</summary>
    public Peer Peer => peer;

    /// <summary>Tells the client what the daemon's own microphone heard, if it is one that listens.</summary>
    public void HearRoom(RoomEvent heard) => _room.Writer.TryWrite(heard);

    /// <summary>Serves the client until it goes, breaks the protocol or falls silent.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var room = TellRoomAsync(end);
        try
        {
            while (await ReadAsync(end.Token) is { } received)
            {
                await TakeAsync(received, end);
            }
        }
        catch (ProtocolException error)
        {
            context.Log.Debug($"a client was refused: {error.Message}");
            await _writer.TryWriteAsync(Frame.Error(error.Message, error.Code), end.Token);
        }
        catch (Exception error) when (error is IOException or TimeoutException or OperationCanceledException)
        {
            context.Log.Debug($"a client is gone: {error.Message}");
        }
        finally
        {
            _satellite.End();
            await end.CancelAsync();
            await room;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndStreamAsync();
        _writer.Dispose();
        await stream.DisposeAsync();
    }

    /// <summary>
    /// Reads an event. Between events a client may be silent, also within an audio stream: a satellite sends nothing while
    /// the assistant answers. A peer that is gone is found by TCP; see <see cref="PeerWatch"/>.
    /// </summary>
    private async Task<WyomingEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            if (!await _reader.WaitAsync(limit.Token))
            {
                return null;
            }

            limit.CancelAfter(_idleLimit);
            return await _reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProtocolException($"The rest of an event did not come for {_idleLimit.TotalSeconds:0.#} s.");
        }
    }

    private async Task TakeAsync(WyomingEvent received, CancellationTokenSource end)
    {
        var cancellationToken = end.Token;
        if (_audio is null && _satellite.Take(received))
        {
            return;
        }

        switch (received.Type)
        {
            case "describe":
                await _writer.WriteAsync(info, cancellationToken);
                break;
            case "ping":
                await _writer.WriteAsync(Frame.Pong(received.Text("text")), cancellationToken);
                break;
            case "detect" when settings.WakeEmotions.Length > 0:
                _writer.Detect(received.Texts("names"));
                break;
            case "audio-start":
                _hasChangedFormat = false;
                await OpenAsync(received, end);
                break;
            case "audio-chunk":
                await JudgeAsync(received, end);
                break;
            case "audio-stop":
                await StopAsync(cancellationToken);
                break;
            default:
                // The protocol has many events, and grows: events for other services are ignored.
                break;
        }
    }

    private async Task OpenAsync(WyomingEvent start, CancellationTokenSource end)
    {
        var format = start.Format();
        await EndStreamAsync();
        _writer.Begin(format, start.Number("timestamp"));
        try
        {
            _audio = new ClientAudioStream(context.OpenStream(format), _writer, end);
        }
        catch (InvalidOperationException error)
        {
            throw new ProtocolException(error.Message, "busy");
        }
    }

    private async Task JudgeAsync(WyomingEvent chunk, CancellationTokenSource end)
    {
        // Voice activity detection begins with a chunk. A client may learn its microphone's format late, but not again
        // and again: each change ends a pipeline and begins another.
        if (_audio is null)
        {
            await OpenAsync(chunk, end);
        }
        else if (_audio.Format is var before && before != chunk.Format())
        {
            if (_hasChangedFormat)
            {
                throw new ProtocolException(
                    $"The audio changes from {before} to {chunk.Format()}, its second change; send audio-start before each.", "format");
            }

            _hasChangedFormat = true;
            await OpenAsync(chunk, end);
        }

        _writer.Chunk(chunk.Payload.Length, chunk.Number("timestamp"));
        await _audio!.WriteAsync(Heard(chunk.Payload), end.Token);
    }

    /// <summary>What is judged of a client's sound: silence while a satellite on the same machine plays.</summary>
    private ReadOnlyMemory<byte> Heard(ReadOnlyMemory<byte> sound)
    {
        if (!peer.Speech.IsHeld)
        {
            return sound;
        }

        if (_silence.Length < sound.Length)
        {
            _silence = new byte[sound.Length];
        }

        return _silence.AsMemory(0, sound.Length);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        _hasChangedFormat = false;
        if (_audio is { } judged)
        {
            await judged.FinishAsync().WaitAsync(cancellationToken);
            await EndStreamAsync();
            await _writer.EndAsync(cancellationToken);
        }
    }

    private async Task EndStreamAsync()
    {
        if (_audio is { } judged)
        {
            _audio = null;
            await judged.DisposeAsync();
        }
    }

    private async Task TellRoomAsync(CancellationTokenSource end)
    {
        try
        {
            await foreach (var heard in _room.Reader.ReadAllAsync(end.Token))
            {
                await _writer.TellRoomAsync(heard, end.Token);
            }
        }
        catch (Exception error) when (error is IOException or TimeoutException or OperationCanceledException)
        {
            // Gone, or it does not read: the reading side is woken and ends the session.
            await end.CancelAsync();
        }
    }
}
