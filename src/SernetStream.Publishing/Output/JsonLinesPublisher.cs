using System.Buffers;
using System.Text.Json;
using SernetStream.Native;

namespace SernetStream.Publishing.Output;

/// <summary>
/// Writes each event as one line of UTF-8 JSON (<see cref="EmotionEventJson"/>) and flushes it, so that a reader at
/// the other end of a pipe has it at once. Speech changes are not written.
/// </summary>
public sealed class JsonLinesPublisher : IEventPublisher
{
    private readonly Stream _output;
    private readonly bool _leaveOpen;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _writer;

    /// <summary>Writes to <paramref name="output"/>, and disposes it in the end unless it is to be left open.</summary>
    public JsonLinesPublisher(Stream output, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _leaveOpen = leaveOpen;
        _writer = new Utf8JsonWriter(_line, EmotionEventJson.WriterOptions);
    }

    /// <inheritdoc/>
    public string Name => "json";

    /// <summary>
    /// Writes to the standard output of this process. Not through <see cref="Console"/>: its stream says nothing when
    /// the reader has gone.
    /// </summary>
    public static JsonLinesPublisher ToStandardOutput() => new(DescriptorStream.StandardOutput());

    /// <inheritdoc/>
    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Writes one line. Blocks while a pipe is full.</summary>
    /// <exception cref="PublisherClosedException">The reader of the pipe has gone; no later event will succeed.</exception>
    /// <exception cref="IOException">The line could not be written, as on a full disk.</exception>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        _line.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
        EmotionEventJson.WriteProperties(_writer, emotionEvent);
        _writer.WriteEndObject();
        _writer.Flush();
        _line.Write("\n"u8);
        try
        {
            _output.Write(_line.WrittenSpan);
            _output.Flush();
        }
        catch (IOException exception) when (DescriptorStream.IsClosedPipe(exception))
        {
            throw new PublisherClosedException("The reader of the JSON lines has gone.", exception);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing.</summary>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        if (!_leaveOpen)
        {
            await _output.DisposeAsync().ConfigureAwait(false);
        }
    }
}
