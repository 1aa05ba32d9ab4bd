using SernetStream.Dsp;

namespace SernetStream.Pipeline.Segmentation;

/// <summary>Shows an observer each frame once, and each step as it was judged.</summary>
internal sealed class ObserverFeed(IPipelineObserver observer, StreamingFrontEnd frontEnd, FrontEndOptions options)
{
    private long _nextFrame;

    /// <summary>Shows a step that the front end has taken, and the frames that it completed.</summary>
    public void Show(ReadOnlySpan<float> step, float speechProbability, bool isOpen)
    {
        for (; _nextFrame + options.FrameLength <= frontEnd.Position; _nextFrame += options.HopLength)
        {
            observer.Frame(frontEnd.Energies(_nextFrame));
        }

        observer.Step(step, speechProbability, isOpen);
    }

    /// <summary>The shown data was overwritten.</summary>
    public void Silence() => observer.Silence();
}
