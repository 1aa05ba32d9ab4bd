using SernetStream.Models;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Teaching;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Teaching;

/// <summary>The default model learns from the label of the last final.</summary>
public sealed class TeacherTests : IDisposable
{
    private readonly EmotionModel _model = EmotionModel.Load(ModelCatalog.Default);
    private readonly PipelineControls _controls = new();
    private readonly ManualTime _clock = new();
    private readonly Teacher _teacher;
    private readonly ClassifierStage _stage;
    private readonly FeatureWindow _window;

    public TeacherTests()
    {
        _teacher = new Teacher(_model.Card, _controls, _clock);
        _stage = new ClassifierStage(_model, learns: false, new PipelineCounters()) { Teacher = _teacher };
        _window = _stage.CreateWindow();
    }

    public void Dispose()
    {
        _stage.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void A_label_moves_what_is_said_of_such_an_utterance_and_undo_moves_it_back()
    {
        var alone = Hear(1);
        Assert.Equal(alone, Hear(1));
        Assert.Null(_teacher.Label("happiness"));
        var taught = Hear(1);
        Assert.True(Of(taught, "happiness") > Of(alone, "happiness"), "it was taught");
        Assert.Equal(1, _teacher.Corrections.Count);

        Assert.Null(_teacher.Undo());
        Assert.Equal(alone, Hear(1));
        Assert.Equal(0, _teacher.Corrections.Count);
        Assert.Contains("nothing to undo", _teacher.Undo(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_meant_is_said_and_not_learnt()
    {
        Refused("nobody has spoken in the last 60 seconds", "sadness");
        Hear(1, isFinal: false);
        Refused("nobody has spoken", "sadness");
        Hear(1);
        Refused("it must be one of anger, happiness, neutral, sadness", "boredom");
        _clock.Advance(TimeSpan.FromSeconds(61));
        Refused("nobody has spoken", "sadness");

        Hear(1);
        Assert.Null(_teacher.Label("happiness"));
        _clock.Advance(TimeSpan.FromSeconds(50));
        Refused("50 seconds ago, is labelled happiness already; if that was wrong, say undo first", "sadness", learnt: 1);
        Refused("is labelled happiness already", "happiness", learnt: 1);
        Assert.Null(_teacher.Undo());
        Assert.Null(_teacher.Label("sadness"));
        Hear(2);
        Assert.Null(_teacher.Label("happiness"));
        Assert.Equal(2, _teacher.Corrections.Count);
    }

    [Fact]
    public void A_mute_forgets_the_last_utterance()
    {
        Hear(1);
        _controls.Muted = true;
        Refused("nobody has spoken", "sadness");
        Hear(1);
        _controls.Muted = false;
        Refused("nobody has spoken", "sadness");
    }

    [Fact]
    public void What_was_learnt_before_counts_from_the_first_utterance_on()
    {
        var alone = Hear(1);
        _teacher.Label("sadness");
        var taught = Hear(1);
        var later = new Teacher(_model.Card, _controls, _clock);
        later.Begin(_teacher.Corrections, Teacher.Nothing(_model.Card));
        using var stage = new ClassifierStage(_model, learns: false, new PipelineCounters()) { Teacher = later };
        stage.WarmUp();
        Assert.NotEqual(alone, taught);
        Assert.Equal(taught, Hear(1, stage: stage));
        Assert.Equal(0, later.Corrections.Count);
    }

    [Fact]
    public void A_window_allocates_nothing_with_a_lesson()
    {
        Hear(1);
        _teacher.Label("anger");
        var result = new Classification(_model.Card.Labels.Count);
        _window.Span = new WindowSpan(0, 1, IsFinal: true, 1, 0);
        Assert.Equal(0, Allocations.Of(() => _stage.Classify(_window, result)));
    }

    [Fact]
    public void A_model_that_says_nothing_of_usual_moods_cannot_be_taught()
    {
        using var model = EmotionModel.Load("light-sernet-emodb-int8");
        Assert.False(Teacher.CanTeach(model.Card));
        Assert.True(Teacher.CanTeach(_model.Card));
    }

    private void Refused(string reason, string label, int learnt = 0)
    {
        Assert.Contains(reason, _teacher.Label(label), StringComparison.Ordinal);
        Assert.Equal(learnt, _teacher.Corrections.Count);
    }

    private float Of(float[] probabilities, string label) => probabilities[_model.Card.Labels.Index().First(known => known.Item == label).Index];

    private float[] Hear(int seed, bool isFinal = true, ClassifierStage? stage = null)
    {
        var random = new Random(seed);
        var window = stage?.CreateWindow() ?? _window;
        foreach (ref var feature in window.Features)
        {
            feature = (float)((random.NextDouble() * 6) - 3);
        }

        window.Span = new WindowSpan(0, 1, isFinal, 1, 0);
        var result = new Classification(_model.Card.Labels.Count);
        Assert.True((stage ?? _stage).Classify(window, result));
        return result.Probabilities;
    }
}
