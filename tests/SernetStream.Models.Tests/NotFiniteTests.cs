using SernetStream.Testing;

namespace SernetStream.Models.Tests;

/// <summary>A value that is not finite is an error wherever it occurs, and does not change what the model has learnt.</summary>
public sealed class NotFiniteTests : IDisposable
{
    // Takes square roots of the features: tests/golden/roots/make.py.
    private readonly EmotionModel _roots = EmotionModel.Load(Repository.PathOf("tests", "golden", "roots", "roots.json"));

    public void Dispose() => _roots.Dispose();

    [Theory]
    [InlineData(0, "gave a result")] // The first label's probability.
    [InlineData(3, "gave a result")] // The last label's probability.
    [InlineData(40, "gave a result")] // The baseline.
    public void Every_output_is_looked_at(int feature, string because)
    {
        using var classifier = _roots.CreateClassifier();
        classifier.Features[feature] = -1;
        AssertRefused(classifier, because);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Every_feature_is_looked_at(float value)
    {
        using var classifier = _roots.CreateClassifier();
        for (var feature = 100; feature < classifier.Features.Length; feature += 97)
        {
            classifier.Features.Clear();
            classifier.Features[feature] = value;
            AssertRefused(classifier, "was given features");
        }

        classifier.Features.Clear();
        classifier.Features[^1] = value;
        AssertRefused(classifier, "was given features");
    }

    [Fact]
    public void Nothing_is_learnt_of_a_window_without_an_answer()
    {
        using var classifier = _roots.CreateClassifier();
        Learn(classifier, 4);
        var once = Learnt(classifier);

        classifier.Features[3] = -1;
        AssertRefused(classifier, "gave a result");
        classifier.Update();

        classifier.Features.Clear();
        Assert.Equal(once, Learnt(classifier));
    }

    private static void Learn(EmotionClassifier classifier, float value)
    {
        classifier.Features.Fill(value);
        classifier.Classify();
        classifier.Update();
    }

    private static float Learnt(EmotionClassifier classifier)
    {
        classifier.Features.Clear();
        classifier.Classify();
        return classifier.Learnt[0];
    }

    private static void AssertRefused(EmotionClassifier classifier, string because)
    {
        var error = Assert.Throws<ModelException>(() => classifier.Classify().Length);
        Assert.Equal(ModelError.NotFinite, error.Error);
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }
}
