using System.Threading.Channels;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Plugins;
using SernetStream.Speech;

namespace SernetStream.PluginSupervisor.Streams;

/// <summary>One stream of a plugin: bytes in, a pipeline that waits for them, events out.</summary>
internal sealed class PluginStream : IAudioStream, IEventSink
{
    private const int EventQueue = 64;
    private const int BlockFrames = 4096;

    private readonly PushSource _source;
    private readonly ISpeechDetector _detector;
    private readonly PcmEncoding _encoding;
    private readonly CancellationTokenSource _end = new();

    // Of _end: may be asked after that was disposed.
    private readonly CancellationToken _ended;
    private readonly Channel<RoomEvent> _events = Channel.CreateBounded<RoomEvent>(EventQueue);
    private readonly byte[] _bytes;
    private readonly float[] _samples;
    private readonly Task _running;
    private int _filled;
    private bool _isCompleted;
    private bool _isDisposed;

    /// <summary>Starts the pipeline.</summary>
    /// <param name="format">A format without a problem.</param>
    /// <param name="model">Shared with all streams.</param>
    /// <param name="detector">This stream's, which disposes it.</param>
    /// <param name="options">How to judge.</param>
    public PluginStream(AudioFormat format, EmotionModel model, ISpeechDetector detector, PipelineOptions options)
    {
        Format = format;
        _ended = _end.Token;
        _detector = detector;
        _encoding = format.Width switch
        {
            1 => PcmEncoding.Unsigned8,
            2 => PcmEncoding.Signed16,
            3 => PcmEncoding.Signed24,
            _ => PcmEncoding.Signed32,
        };
        _bytes = new byte[BlockFrames * format.FrameBytes];
        _samples = new float[BlockFrames * format.Channels];
        _source = new PushSource("a plugin's stream", format.Rate, format.Channels, isLive: false);
        _running = RunAsync(new PipelineHost(_source, model, detector, options, this));
    }

    public AudioFormat Format { get; }

    public IAsyncEnumerable<RoomEvent> Events => _events.Reader.ReadAllAsync();

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken)
    {
        if (_ended.IsCancellationRequested)
        {
            throw new OperationCanceledException("The stream is disposed; it takes no more audio.");
        }

        if (_isCompleted)
        {
            throw new InvalidOperationException("The stream is complete; it takes no more audio.");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended);
        while (!audio.IsEmpty)
        {
            var count = Math.Min(audio.Length, _bytes.Length - _filled);
            audio.Span[..count].CopyTo(_bytes.AsSpan(_filled));
            audio = audio[count..];
            _filled += count;
            var whole = _filled / Format.FrameBytes * Format.FrameBytes;
            var samples = Samples(whole);
            var isTaken = await _source.WriteAsync(samples, either.Token).ConfigureAwait(false);
            _samples.AsSpan(0, samples.Length).Clear();
            _bytes.AsSpan(whole, _filled - whole).CopyTo(_bytes);
            _bytes.AsSpan(_filled - whole, whole).Clear();
            _filled -= whole;
            if (!isTaken)
            {
                throw new OperationCanceledException("The pipeline of this stream has ended.");
            }
        }
    }

    public void Complete()
    {
        _isCompleted = true;
        _source.Complete();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _end.CancelAsync().ConfigureAwait(false);
        _source.Dispose();
        await _running.ConfigureAwait(false);
        Array.Clear(_bytes);
        Array.Clear(_samples);
        _detector.Dispose();
        _end.Dispose();
    }

    ValueTask IEventSink.PublishAsync(EmotionEvent emotionEvent) =>
        _events.Writer.WriteAsync(new EmotionHeard(emotionEvent), _ended);

    ValueTask IEventSink.PublishSpeechAsync(bool speaking) =>
        _events.Writer.WriteAsync(new SpeechChanged(speaking), _ended);

    private ReadOnlyMemory<float> Samples(int bytes)
    {
        var raw = _bytes.AsSpan(0, bytes);
        if (_encoding == PcmEncoding.Unsigned8)
        {
            // Plugins' samples are signed, whatever their width.
            foreach (ref var sample in raw)
            {
                sample ^= 0x80;
            }
        }

        return _samples.AsMemory(0, Pcm.ToFloat(raw, _encoding, _samples));
    }

    private async Task RunAsync(PipelineHost pipeline)
    {
        try
        {
            await pipeline.RunAsync(_ended).ConfigureAwait(false);
            _events.Writer.TryComplete();
        }
        catch (Exception error) when (_ended.IsCancellationRequested
            && error is OperationCanceledException or ObjectDisposedException)
        {
            _events.Writer.TryComplete();
        }
        catch (Exception error)
        {
            // The plugin that reads the events is the one to know.
            _events.Writer.TryComplete(error);
        }
    }
}
