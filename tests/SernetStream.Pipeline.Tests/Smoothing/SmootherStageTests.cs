using SernetStream.Models;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Smoothing;

/// <summary>Which windows are judged together.</summary>
public sealed class SmootherStageTests
{
    private const int Second = 16000;

    private static readonly ModelCard Card = ModelCatalog.CardOf(ModelCatalog.Default);
    private static readonly float[] A = [0.7f, 0.1f, 0.1f, 0.1f];
    private static readonly float[] B = [0.1f, 0.7f, 0.1f, 0.1f];

    private readonly ListSink _sink = new();
    private readonly PipelineControls _controls = new(new SmootherOptions { HalfLifeSeconds = 0 });
    private readonly SmootherStage _stage;

    public SmootherStageTests()
    {
        var counters = new PipelineCounters();
        var publish = new PublishStage(Card, "here", TimeProvider.System, _sink, counters);
        _stage = new SmootherStage(Card.Labels.Count, double.PositiveInfinity, _controls, publish, counters);
    }

    [Fact]
    public async Task Windows_of_one_utterance_are_judged_together_and_those_of_the_next_anew()
    {
        await HearAsync(A, utterance: 0, isFinal: false);
        Assert.Equal([0.363f, 0.363f, 0.137f, 0.137f], await HearAsync(B, utterance: 0, isFinal: true), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal(B, await HearAsync(B, utterance: Second, isFinal: false), Near);
    }

    [Fact]
    public async Task An_utterance_whose_final_was_too_late_does_not_reach_into_the_next()
    {
        await HearAsync(A, utterance: 0, isFinal: false);
        Assert.Equal(B, await HearAsync(B, utterance: Second, isFinal: false), Near);
    }

    [Theory]
    [InlineData(Second / 2, "unknown")] // Half a second: 1,001 times the odds of 0.01 are 0.91.
    [InlineData(0, "anger")] // A second: 126 times are 0.56.
    public async Task What_an_interim_needs_follows_from_where_its_utterance_began(long utterance, string emotion)
    {
        var neutral = Card.Labels.ToList().IndexOf("neutral");
        _controls.Smoother = new SmootherOptions
        {
            Enter = 0.01f,
            Leave = 0.01f,
            NeutralLabel = neutral,
            AnswersCoverUtterance = true,
            TrustedAfterSeconds = 5,
            HalfLifeSeconds = 0,
        };
        var anger = Card.Labels.ToList().IndexOf("anger");
        await HearAsync([.. Card.Labels.Select((_, label) => label == anger ? 0.7f : 0.1f)], utterance, isFinal: false);
        Assert.Equal(emotion, _sink.Events[^1].Emotion);
    }

    [Fact]
    public async Task A_sliding_window_stands_for_itself()
    {
        await HearAsync(A, WindowSpan.NoUtterance, isFinal: false);
        Assert.Equal(B, await HearAsync(B, WindowSpan.NoUtterance, isFinal: false), Near);
    }

    [Fact]
    public void A_window_allocates_nothing()
    {
        var (smoother, time) = (new EmotionSmoother(Card.Labels.Count, SmootherOptions.For(Card)), 0.0);
        Assert.Equal(0, Allocations.Of(() =>
        {
            smoother.Update(A, settles: false, time++);
            smoother.Update(B, settles: true, time++);
        }));
    }

    private static bool Near(float a, float b) => Math.Abs(a - b) < 1e-5;

    private async Task<float[]> HearAsync(float[] raw, long utterance, bool isFinal)
    {
        var at = (_sink.Events.Count + 1) * Second;
        var window = new Classification(Card.Labels.Count) { Span = new WindowSpan(0, at, isFinal, at, 0, utterance) };
        raw.CopyTo(window.Probabilities, 0);
        await _stage.AcceptAsync(new SmootherInput(window, default));
        return _sink.Events[^1].Probabilities.Values.ToArray();
    }
}
