using SernetStream.Models.Streaming;
using SernetStream.Native;

namespace SernetStream.Pipeline;

/// <summary>Where the speech gate is, at one moment of the stream.</summary>
/// <param name="Position">Samples since the start of the stream, at 16 kHz.</param>
/// <param name="Speaking">Whether the gate is open.</param>
/// <param name="Muted">Whether samples are discarded.</param>
/// <param name="CapturedAt">When the last sample before the position was captured (monotonic ticks).</param>
internal readonly record struct SpeechProgress(long Position, bool Speaking, bool Muted, long CapturedAt);

/// <summary>A piece of the stream that is judged. Positions are samples at 16 kHz since the stream began.</summary>
/// <param name="Start">First sample.</param>
/// <param name="End">One past the last sample.</param>
/// <param name="IsFinal">Whether it is a whole utterance.</param>
/// <param name="DecidedAt">Where the stream was when it was cut.</param>
/// <param name="CapturedAt">When the last sample before <paramref name="DecidedAt"/> was captured (monotonic ticks).</param>
/// <param name="Utterance">First sample of the utterance that it belongs to; <see cref="NoUtterance"/>: it stands for itself.</param>
internal readonly record struct WindowSpan(
    long Start, long End, bool IsFinal, long DecidedAt, long CapturedAt, long Utterance = WindowSpan.NoUtterance)
{
    public const long NoUtterance = -1;
}

/// <summary>The features of a window on their way to the classifier; pooled.</summary>
/// <param name="memory">Where the front end writes them and the model reads them; not this one's to dispose.</param>
internal sealed class FeatureWindow(AlignedBuffer<float> memory)
{
    public AlignedBuffer<float> Memory => memory;

    public Span<float> Features => memory.Span;

    public WindowSpan Span { get; set; }

    /// <summary>Which frames of the stream its rows are; for a network that streams only.</summary>
    public StreamFrames Frames { get; set; }

    /// <summary>Overwrites a window after its use.</summary>
    public void Erase() => Features.Clear();
}

/// <summary>What the model said of a window, on its way to the smoother; pooled.</summary>
internal sealed class Classification(int labelCount)
{
    public float[] Probabilities { get; } = new float[labelCount];

    /// <summary>Whether nothing came of it; for a driver that makes room for an answer before there is one.</summary>
    public bool IsVoid { get; set; }

    public WindowSpan Span { get; set; }
}

/// <summary>The input of the smoother, in order: a classification, or the passing of time.</summary>
/// <param name="Classification">What the model said, or null.</param>
/// <param name="Progress">Where the gate is, when there is no classification.</param>
internal readonly record struct SmootherInput(Classification? Classification, SpeechProgress Progress);

/// <summary>Objects that go round: rented by one stage, returned by the next.</summary>
internal sealed class Pool<T>
    where T : class
{
    private readonly Stack<T> _free;

    /// <summary>Makes all the objects there will ever be.</summary>
    public Pool(int count, Func<T> make)
    {
        _free = new Stack<T>(Enumerable.Range(0, count).Select(_ => make()));
    }

    public T Rent()
    {
        lock (_free)
        {
            return _free.TryPop(out var item)
                ? item
                : throw new InvalidOperationException($"Every {typeof(T).Name} is in use: one was not returned.");
        }
    }

    public void Return(T item)
    {
        lock (_free)
        {
            _free.Push(item);
        }
    }
}
