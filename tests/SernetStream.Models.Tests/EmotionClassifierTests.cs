namespace SernetStream.Models.Tests;

public sealed class EmotionClassifierTests : IDisposable
{
    private readonly EmotionModel _learns = EmotionModel.Load("light-sernet-home-int8");

    public void Dispose() => _learns.Dispose();

    [Fact]
    public void What_was_heard_counts_once_it_is_remembered_and_until_it_is_forgotten()
    {
        using var classifier = _learns.CreateClassifier();
        var alone = Judge(classifier, 1);
        Assert.Equal(alone, Judge(classifier, 1));

        Judge(classifier, 2);
        classifier.Update();
        var inTurn = Judge(classifier, 1);
        Assert.NotEqual(alone, inTurn);
        Assert.Equal(1, inTurn.Sum(), 1e-5);
        Assert.Equal(inTurn, Judge(classifier, 1));

        classifier.Reset();
        Assert.Equal(alone, Judge(classifier, 1));
    }

    [Fact]
    public void What_was_judged_before_it_forgot_is_not_remembered_after_it()
    {
        using var classifier = _learns.CreateClassifier();
        var alone = Judge(classifier, 1);
        Judge(classifier, 2);
        classifier.Reset();
        classifier.Update();
        Assert.Equal(alone, Judge(classifier, 1));
    }

    [Fact]
    public void What_nobody_is_sure_of_is_not_remembered()
    {
        using var classifier = _learns.CreateClassifier();
        var alone = Judge(classifier, 1);
        Judge(classifier, 2);
        float[] unsure = [0.25f, 0.25f, 0.25f, 0.25f];
        Assert.True(_learns.Card.Unknown!.Hold(unsure));
        classifier.UpdateIfAnswered(unsure);
        Assert.Equal(alone, Judge(classifier, 1));
        classifier.UpdateIfAnswered([1, 0, 0, 0]);
        Assert.NotEqual(alone, Judge(classifier, 1));
    }

    [Fact]
    public void Each_classifier_remembers_for_itself()
    {
        using var here = _learns.CreateClassifier();
        using var there = _learns.CreateClassifier();
        Judge(here, 2);
        here.Update();
        Assert.NotEqual(Judge(here, 1), Judge(there, 1));
    }

    [Fact]
    public void What_was_heard_is_never_remembered_if_it_is_no_number()
    {
        using var classifier = _learns.CreateClassifier();
        var alone = Judge(classifier, 1);
        classifier.Features.Fill(float.NaN);
        Assert.Throws<ModelException>(() => classifier.Classify().Length);
        classifier.Update();
        Assert.Equal(alone, Judge(classifier, 1));
    }

    [Fact]
    public void A_model_that_cannot_learn_says_the_same_again()
    {
        using var model = EmotionModel.Load("light-sernet-emodb-int8");
        Assert.Null(model.Card.Adaptation);
        using var classifier = model.CreateClassifier();
        var first = Judge(classifier, 1);
        classifier.Update();
        Assert.Equal(first, Judge(classifier, 1));
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
}
