using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Models;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Segmentation;

public sealed class FrontEndStageTests : IDisposable
{
    private readonly SileroDetector _detector = new();

    public void Dispose() => _detector.Dispose();

    [Theory]
    [InlineData(16000, "light-sernet-home-int8")]
    [InlineData(48000, "light-sernet-home-int8")]
    [InlineData(16000, "light-sernet-emodb-int8")]
    public void A_hop_allocates_nothing_from_samples_to_classification(int sourceRate, string name)
    {
        using var model = EmotionModel.Load(name);
        using var detector = new SileroDetector { First = new MelDetector() };
        var counters = new PipelineCounters();
        using var sink = new ClassifyingSink(model, counters);
        var stage = new FrontEndStage(model.Card.FrontEnd, new PipelineOptions(), detector, sourceRate, sink, counters);
        var samples = Dsp.Resampling.Resampler.Resample(Speech.TwoUtterances(), 16000, sourceRate);
        Assert.Equal(0, Allocations.Of(() => Run(stage, samples)));
        Assert.InRange(counters.WindowsClassified, 10, long.MaxValue);
    }

    [Theory]
    [InlineData("light-sernet-emodb-int8", 256)]
    [InlineData("light-sernet-home-int8", 320)] // The gate's steps of 512 samples are not a multiple of the hop.
    public void Windows_are_what_the_batch_front_end_makes_of_the_same_samples(string name, int hop)
    {
        using var model = EmotionModel.Load(name);
        Assert.Equal(hop, model.Card.FrontEnd.HopLength);

        // The peak level does not clip, so the stream equals the batch to rounding.
        var options = model.Card.FrontEnd with { Level = LevelKind.Peak };
        var counters = new PipelineCounters();
        using var sink = new ClassifyingSink(model, counters);
        var samples = Speech.TwoUtterances();
        var expected = new float[options.FeatureCount];
        var batch = new SegmentFrontEnd(options);
        sink.OnWindow = window =>
        {
            var (start, end) = ((int)window.Span.Start, (int)window.Span.End);
            Assert.True(end - start <= options.SegmentLength && end <= window.Span.DecidedAt && start % options.HopLength == 0);
            batch.Compute(samples.AsSpan(start..end), StreamingFrontEnd.ZerosBefore(options, end - start), expected);
            Assert.InRange(expected.Zip(window.Features.ToArray(), (a, b) => Math.Abs(a - b)).Max(), 0, 1e-4);
        };
        var stage = new FrontEndStage(options, new PipelineOptions(), _detector, 16000, sink, counters);
        Run(stage, samples);
        Assert.InRange(counters.WindowsCut, 10, 20);
    }

    private static void Run(FrontEndStage stage, float[] samples)
    {
        for (var position = 0; position < samples.Length; position += 480)
        {
            var part = samples.AsSpan(position, Math.Min(480, samples.Length - position));
            stage.Accept(part, new AudioBlock(part.Length, Stopwatch.GetTimestamp(), 0));
        }
    }

    private sealed class ClassifyingSink : IFrontEndSink, IDisposable
    {
        private readonly Classification _classification;
        private readonly ClassifierStage _classifier;
        private readonly FeatureWindow _window;

        public ClassifyingSink(EmotionModel model, PipelineCounters counters)
        {
            _classification = new(model.Card.Labels.Count);
            _classifier = new(model, learns: false, counters);
            _window = _classifier.CreateWindow();
        }

        public Action<FeatureWindow>? OnWindow { get; set; }

        public FeatureWindow RentWindow() => _window;

        public void Window(FeatureWindow window)
        {
            _classifier.Classify(window, _classification);
            OnWindow?.Invoke(window);
        }

        public bool Progress(SpeechProgress progress) => true;

        public void Dispose() => _classifier.Dispose();
    }
}
