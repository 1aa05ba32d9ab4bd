using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Tests;

public class ConfusionMatrixTests
{
    [Fact]
    public void Measures_by_hand()
    {
        var confusion = new ConfusionMatrix(["anger", "fear", "sadness"]);
        foreach (var (meant, heard) in new[] { (0, 0), (0, 0), (0, 1), (1, 1) })
        {
            confusion.Add(meant, heard);
        }

        // Recalls 2/3 and 1; F1 4/5 and 2/3. A label without clips does not count.
        Assert.Equal(4, confusion.Total);
        Assert.Equal(5.0 / 6, confusion.UnweightedAccuracy, 1e-12);
        Assert.Equal(3.0 / 4, confusion.WeightedAccuracy, 1e-12);
        Assert.Equal((4.0 / 5 + 2.0 / 3) / 2, confusion.MacroF1, 1e-12);
        Assert.True(double.IsNaN(confusion.Recall(2)));
    }

    [Fact]
    public void An_evaluation_counts_by_speaker_and_leaves_out_what_the_model_cannot_say()
    {
        var evaluation = new ModelEvaluation(["anger", "fear"]);
        var clips = new[] { new LabelledClip("a", "anger", "01"), new LabelledClip("b", "fear", "02"), new LabelledClip("c", "calm", "02") };
        foreach (var clip in clips.Where(evaluation.Knows))
        {
            evaluation.Add(clip, [0.4f, 0.6f]);
        }

        Assert.Equal(1, evaluation.Confusion[0, 1]);
        Assert.Equal(1, evaluation.Confusion[1, 1]);
        Assert.Equal(0, evaluation.BySpeaker["01"].WeightedAccuracy);
        Assert.Equal(1, evaluation.BySpeaker["02"].WeightedAccuracy);
        Assert.Equal(1, Assert.Single(evaluation.Unknown, pair => pair.Key == "calm").Value);
    }
}
