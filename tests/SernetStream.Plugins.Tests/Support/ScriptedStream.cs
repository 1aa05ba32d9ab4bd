using System.Threading.Channels;

namespace SernetStream.Plugins.Tests.Support;

/// <summary>
/// A stream without a model: speech begins with the first byte, and the complete audio is classified as anger. It
/// records the bytes written.
/// </summary>
internal sealed class ScriptedStream(AudioFormat format) : IAudioStream
{
    private readonly Channel<RoomEvent> _events = Channel.CreateUnbounded<RoomEvent>();
    private readonly MemoryStream _written = new();

    public AudioFormat Format => format;

    public IAsyncEnumerable<RoomEvent> Events => _events.Reader.ReadAllAsync();

    public byte[] Written => _written.ToArray();

    public bool IsDisposed { get; private set; }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken)
    {
        if (_written.Length == 0)
        {
            _events.Writer.TryWrite(new SpeechChanged(true));
        }

        _written.Write(audio.Span);
        return ValueTask.CompletedTask;
    }

    public void Complete()
    {
        if (_written.Length > 0)
        {
            _events.Writer.TryWrite(new EmotionHeard(Publishing.Tests.Support.Events.Make(EmotionEventKind.Final)));
            _events.Writer.TryWrite(new EmotionHeard(Publishing.Tests.Support.Events.Make(EmotionEventKind.Change, 43)));
            _events.Writer.TryWrite(new SpeechChanged(false));
        }

        _events.Writer.TryComplete();
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        _events.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
