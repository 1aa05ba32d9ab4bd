using SernetStream.Models.Teaching;

namespace SernetStream.Models.Tests;

public class LessonTests
{
    // Two labels, three features; training/tests/test_enrol.py has the same numbers.
    private static readonly UsualMoods Moods = new([1, 0, 2, -1, 0.5f, 0], labelCount: 2);
    private static readonly float[] First = [2, 1, 2];
    private static readonly float[] Second = [-1, 2, 1];

    [Fact]
    public void Nothing_labelled_teaches_nothing() => Assert.Null(Lesson.Of(new LabelledMoments(2, 3), Moods));

    [Fact]
    public void It_draws_the_lesson_that_training_measures()
    {
        var labelled = new LabelledMoments(2, 3).With(0, First, 1).With(1, Second, 0.5f);
        var lesson = Lesson.Of(labelled, Moods)!;
        Assert.Equal(2, labelled.Count);
        Assert.Equal([0.6666667f, 1.4166667f, 1.3333334f, 1.5f], lesson.Usual, new Near(1e-6f));

        float[] logits = [0, 0];
        lesson.Apply([0.5f, 1.5f, 1], logits, OutputKind.Logits);
        Assert.Equal([0.0205499f, 0.2439984f], logits, new Near(1e-5f));

        float[] probabilities = [0.75f, 0.25f];
        lesson.Apply([0.5f, 1.5f, 1], probabilities, OutputKind.Probabilities);
        var odds = 3 * Math.Exp(0.0205499 - 0.2439984);
        Assert.Equal([(float)(odds / (1 + odds)), (float)(1 / (1 + odds))], probabilities, new Near(1e-5f));
    }

    /// <summary>Taking the offset from the features moves the logits by the weights times the offset.</summary>
    [Fact]
    public void A_model_that_cannot_be_told_what_is_usual_is_moved_by_as_much()
    {
        float[] head = [0.5f, -1, 0.25f, 1, 2, -0.5f];
        var labelled = new LabelledMoments(2, 3).With(0, First, 1).With(1, Second, 0.5f);
        var lesson = Lesson.Of(labelled, new UsualMoods([1, 0, 2, -1, 0.5f, 0], labelCount: 2, head))!;
        Assert.Empty(lesson.Usual);

        // (First − (1, 0, 2) + (Second − (−1, 0.5, 0)) / 2) / (1.5 + 2).
        float[] offset = [1 / 3.5f, 1.75f / 3.5f, 0.5f / 3.5f];
        float[] logits = [0, 0];
        lesson.Apply([0.5f, 1.5f, 1], logits, OutputKind.Logits);
        var first = (0.5f * offset[0]) - offset[1] + (0.25f * offset[2]);
        var second = offset[0] + (2 * offset[1]) - (0.5f * offset[2]);
        Assert.Equal([0.0205499f - first, 0.2439984f - second], logits, new Near(1e-5f));
    }

    [Fact]
    public void A_label_that_the_model_holds_for_impossible_counts_little()
    {
        Assert.Equal(0.9f, LabelledMoments.WeightOf(0.25, 4), 1e-6f);
        Assert.InRange(LabelledMoments.WeightOf(0.001, 4), 0, 0.03);
        Assert.Equal(1, LabelledMoments.WeightOf(1, 4), 1e-6f);
        Assert.Equal(0, LabelledMoments.WeightOf(0, 4));
    }

    [Fact]
    public void What_several_people_taught_adds_up()
    {
        var anna = new LabelledMoments(2, 3).With(0, First, 1);
        var both = anna.Plus(new LabelledMoments(2, 3).With(1, Second, 0.5f));
        var one = anna.With(1, Second, 0.5f);
        Assert.Equal(one.Count, both.Count);
        Assert.Equal(one.Weights, both.Weights);
        Assert.Equal(one.Sums, both.Sums);
        Assert.Equal(1, anna.Count);
    }

    [Fact]
    public void The_default_model_is_taught_and_forgets()
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var classifier = model.CreateClassifier();
        var moods = model.Card.Moods!;
        var alone = Judge(classifier, 1);
        var features = new float[moods.FeatureCount];
        classifier.CopyFeatures(features);

        var sad = model.Card.Labels.Index().First(label => label.Item == "sadness").Index;
        var labelled = new LabelledMoments(model.Card.Labels.Count, features.Length);
        for (var i = 0; i < 5; i++)
        {
            labelled = labelled.With(sad, features, 1);
        }

        classifier.Teach(Lesson.Of(labelled, moods));
        var taught = Judge(classifier, 1);
        Assert.True(taught[sad] > alone[sad], $"{taught[sad]} after {alone[sad]}");
        Assert.Equal(1, taught.Sum(), 1e-5);

        // The baseline does not change the features of an utterance.
        var again = new float[features.Length];
        classifier.CopyFeatures(again);
        Assert.Equal(features, again, new Near(1e-4f));

        classifier.Teach(null);
        Assert.Equal(alone, Judge(classifier, 1));
    }

    [Theory]
    [InlineData("?", "base 64")]
    [InlineData("AAAA", "holds 3 bytes; 6 numbers are 12")]
    [InlineData("AHwAAAAAAAAAAAAAAAAAAA==", "no number")]
    public void Usual_moods_that_are_damaged_are_refused(string text, string reason)
    {
        if (text.StartsWith("AHw", StringComparison.Ordinal))
        {
            text = Convert.ToBase64String([0, 0x7c, .. new byte[10]]);
        }

        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => HalfPrecision.Parse("voice.moods", text, 6)).Message, StringComparison.Ordinal);
    }

    private static float[] Judge(EmotionClassifier classifier, int seed)
    {
        var random = new Random(seed);
        foreach (ref var feature in classifier.Features)
        {
            feature = (float)((random.NextDouble() * 6) - 3);
        }

        return classifier.Classify().ToArray();
    }

    private sealed class Near(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(float value) => 0;
    }
}
