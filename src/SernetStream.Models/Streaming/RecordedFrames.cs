using SernetStream.Dsp;
using SernetStream.Native;

namespace SernetStream.Models.Streaming;

/// <summary>Feeds recordings to a network that streams, each from its first frame to its last, in pieces of half a window.</summary>
/// <param name="card">The model's.</param>
/// <param name="classifier">What judges; not this one's to dispose.</param>
/// <param name="memory">What it remembers; this one's.</param>
internal sealed class RecordedFrames(ModelCard card, EmotionClassifier classifier, StreamMemory memory) : IDisposable
{
    private readonly FrontEndOptions _options = card.FrontEnd;
    private readonly StreamingFrontEnd _frontEnd = new(card.FrontEnd);
    private readonly AlignedBuffer<float> _window = classifier.CreateFeatures();

    /// <summary>Classifies one recording.</summary>
    /// <param name="samples">All of it.</param>
    public ReadOnlySpan<float> Classify(ReadOnlySpan<float> samples)
    {
        memory.Forget();
        _frontEnd.Reset();
        var part = _options.SegmentLength / 2;
        while (samples.Length > part)
        {
            _frontEnd.Write(samples[..part]);
            samples = samples[part..];
            Hear(isFinal: false);
        }

        _frontEnd.Write(samples);
        return Hear(isFinal: true);
    }

    public void Dispose() => memory.Dispose();

    private ReadOnlySpan<float> Hear(bool isFinal)
    {
        var first = _frontEnd.FramesWithin(0, _frontEnd.Position, out var count);
        _frontEnd.CopyFrames(first, _window.Span[..((count + card.Streaming!.Frames) * _options.FrameFeatures)]);
        return classifier.Classify(_window, new StreamFrames(0, first, count, isFinal, Forgets: false), memory);
    }
}
