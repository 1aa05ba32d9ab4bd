using SernetStream.Dsp;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests.Segmentation;

/// <summary>An observer gets each frame once and in order, and each step as it was judged.</summary>
public class ObserverFeedTests
{
    [Fact]
    public void Each_frame_is_shown_once_and_in_order_and_each_step_as_it_was_judged()
    {
        var options = FrontEndOptions.LightSernet;
        var frontEnd = new StreamingFrontEnd(options);
        var observer = new Observer();
        var feed = new ObserverFeed(observer, frontEnd, options);
        var random = new Random(5);
        var step = new float[ISpeechDetector.StepLength];
        for (var i = 0; i < 60; i++)
        {
            foreach (ref var sample in step.AsSpan())
            {
                sample = (float)(random.NextDouble() - 0.5);
            }

            frontEnd.Write(step);
            feed.Show(step, i / 100f, isOpen: i >= 30);
            Assert.Equal((step[0], i / 100f, i >= 30), observer.Steps[^1]);
        }

        Assert.Equal(60, observer.Steps.Count);
        var frames = 1 + ((frontEnd.Position - options.FrameLength) / options.HopLength);
        Assert.Equal(frames, observer.Frames.Count);
        Assert.Equal(
            Enumerable.Range(0, (int)frames).Select(frame => frontEnd.Energies(frame * (long)options.HopLength)[3]), observer.Frames);
    }

    private sealed class Observer : IPipelineObserver
    {
        public bool IsWatched => true;

        public List<float> Frames { get; } = [];

        public List<(float First, float Probability, bool IsSpeaking)> Steps { get; } = [];

        public void Frame(ReadOnlySpan<float> energies) => Frames.Add(energies[3]);

        public void Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking) =>
            Steps.Add((samples[0], speechProbability, isSpeaking));

        public void Silence()
        {
        }
    }
}
