using SernetStream.Dsp;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests.Segmentation;

/// <summary>When steps are judged: in a batch once one of them can matter, or at once if there is an observer.</summary>
public sealed class StepBatcherTests : ISpeechDetector, IFrontEndSink, IPipelineObserver
{
    private const int Step = ISpeechDetector.StepLength;

    private int _judged;

    public bool IsWatched { get; private set; }

    [Fact]
    public void Steps_wait_until_one_of_them_can_matter_and_are_then_judged_together()
    {
        var steps = Make();
        var wanted = steps.SamplesWanted;
        Assert.Equal(0, wanted % Step);
        Assert.True(wanted > Step, "Nothing waits.");

        steps.Feed(new float[wanted - 1]);
        Assert.Equal(0, _judged);
        Assert.Equal(1, steps.SamplesWanted);

        steps.Feed(new float[1]);
        Assert.Equal(wanted / Step, _judged);
    }

    [Fact]
    public void While_somebody_looks_on_each_step_is_judged_at_once()
    {
        IsWatched = true;
        var steps = Make();
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(Step, steps.SamplesWanted);
            steps.Feed(new float[Step]);
            Assert.Equal(i, _judged);
        }
    }

    [Fact]
    public void Who_begins_to_look_on_sees_what_waits()
    {
        var steps = Make();
        steps.Feed(new float[Step]);
        steps.DrainIfWatched();
        Assert.Equal(0, _judged);

        IsWatched = true;
        steps.DrainIfWatched();
        Assert.Equal(1, _judged);
    }

    [Fact]
    public void Silence_in_a_gap_does_not_wait_and_a_rest_that_is_no_whole_step_stays()
    {
        var steps = Make();
        steps.FeedSilence(0);
        Assert.Equal(0, _judged);
        steps.FeedSilence((3 * Step) + 7);
        Assert.Equal(3, _judged);
        steps.FeedSilence(Step - 7);
        Assert.Equal(4, _judged);
    }

    [Fact]
    public void At_the_end_all_whole_steps_are_judged_at_any_rate()
    {
        var steps = Make(sourceRate: 48_000);
        steps.Feed(new float[3 * 5 * Step]);
        steps.Flush();
        Assert.Equal(5, _judged);
    }

    float ISpeechDetector.Probability(ReadOnlySpan<float> step)
    {
        _judged++;
        return 0;
    }

    void ISpeechDetector.Reset()
    {
    }

    FeatureWindow IFrontEndSink.RentWindow() => throw new InvalidOperationException("Nobody speaks.");

    void IFrontEndSink.Window(FeatureWindow window)
    {
    }

    bool IFrontEndSink.Progress(SpeechProgress progress) => true;

    void IPipelineObserver.Frame(ReadOnlySpan<float> energies)
    {
    }

    void IPipelineObserver.Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking)
    {
    }

    void IPipelineObserver.Silence()
    {
    }

    void IDisposable.Dispose()
    {
    }

    private StepBatcher Make(int sourceRate = 16_000)
    {
        var windows = new SpeechWindows(
            FrontEndOptions.LightSernet, new PipelineOptions(), this, echo: null, sourceRate, this, new PipelineCounters(), this);
        return new StepBatcher(new DeferredVad(sourceRate), windows, this);
    }
}
