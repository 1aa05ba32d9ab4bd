using SernetStream.Models;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests;

public class PipelineObserverTests
{
    [Fact]
    public async Task An_observer_sees_every_frame_and_step_and_only_zeros_of_what_is_muted()
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var detector = new SileroDetector();
        var controls = new PipelineControls();
        // Mute from 5 s on, in the pause.
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false)
        {
            BeforeRead = (position, _) =>
            {
                controls.Muted = position >= 80_000;
                return 0;
            },
        };
        var observer = new Observer();
        var host = new PipelineHost(source, model, detector, new PipelineOptions(), new ListSink(), controls: controls)
        {
            Observer = observer,
        };

        await host.RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));

        var frontEnd = model.Card.FrontEnd;
        Assert.Equal(frontEnd.MelBands, observer.Bands);
        Assert.InRange(observer.Frames, 1, Speech.TwoUtterances().Length / frontEnd.HopLength);
        // All steps before the mute. After it, as many as the history holds; then only the clock moves.
        Assert.InRange(
            observer.Steps.Count,
            (80_000 + frontEnd.SegmentLength) / ISpeechDetector.StepLength,
            Speech.TwoUtterances().Length / ISpeechDetector.StepLength);
        Assert.Contains(observer.Steps, step => step is { Loudest: > 0.01f, Probability: > 0.9f, IsSpeaking: true });
        var muted = observer.Steps[((80_000 / ISpeechDetector.StepLength) + 8)..];
        // One at the mute and one at the end.
        Assert.Equal(2, observer.Silences);
        Assert.All(muted, step => Assert.Equal((0f, false), (step.Loudest, step.IsSpeaking)));
    }

    private sealed class Observer : IPipelineObserver
    {
        public bool IsWatched => true;

        public int Bands { get; private set; }

        public int Frames { get; private set; }

        public List<(float Loudest, float Probability, bool IsSpeaking)> Steps { get; } = [];

        public int Silences { get; private set; }

        public void Silence() => Silences++;

        public void Frame(ReadOnlySpan<float> energies)
        {
            Bands = energies.Length;
            Frames++;
        }

        public void Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking)
        {
            var loudest = 0f;
            foreach (var sample in samples)
            {
                loudest = Math.Max(loudest, Math.Abs(sample));
            }

            Steps.Add((loudest, speechProbability, isSpeaking));
        }
    }
}
