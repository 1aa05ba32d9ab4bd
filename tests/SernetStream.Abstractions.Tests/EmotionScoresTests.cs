namespace SernetStream.Tests;

public sealed class EmotionScoresTests
{
    private static readonly string[] Labels = ["anger", "boredom"];

    [Fact]
    public void Values_are_copied_and_found_by_label_and_index()
    {
        float[] values = [0.25f, 0.75f];
        var scores = new EmotionScores(Labels, values);
        values[0] = 9;

        Assert.Equal(0.25f, scores["anger"]);
        Assert.Equal(0f, scores["joy"]);
        Assert.Equal(new KeyValuePair<string, float>("boredom", 0.75f), scores[1]);
        Assert.Equal(["anger", "boredom"], scores.Select(score => score.Key));
    }

    [Fact]
    public void Equal_labels_and_values_are_equal()
    {
        var scores = new EmotionScores(Labels, [0.25f, 0.75f]);

        Assert.Equal(new EmotionScores(["anger", "boredom"], [0.25f, 0.75f]), scores);
        Assert.Equal(new EmotionScores(["anger", "boredom"], [0.25f, 0.75f]).GetHashCode(), scores.GetHashCode());
        Assert.False(scores.Equals(new EmotionScores(Labels, [0.5f, 0.5f])));
        Assert.False(scores.Equals(new EmotionScores(["anger", "joy"], [0.25f, 0.75f])));
    }

    [Fact]
    public void Values_and_labels_must_be_as_many() =>
        Assert.Throws<ArgumentException>(() => new EmotionScores(Labels, [1f]));
}
