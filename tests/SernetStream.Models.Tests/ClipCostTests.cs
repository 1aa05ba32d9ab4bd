using SernetStream.Audio.Files;
using SernetStream.Dsp;
using SernetStream.Testing;

namespace SernetStream.Models.Tests;

/// <summary>
/// The effect of not clipping, on every recording of EMO-DB. Training clips samples to ±1 after normalising the level; a stream
/// does not.
/// </summary>
[Trait("Category", "slow")]
public class ClipCostTests(ITestOutputHelper figures)
{
    [NeedsTheory("data:emodb")]
    [InlineData("light-sernet-emodb-fp32")]
    [InlineData("light-sernet-emodb-int8")]
    public void Leaving_out_the_clip_changes_at_most_one_label_in_a_hundred_of_emodb(string modelName)
    {
        using var model = EmotionModel.Load(modelName);
        using var classifier = model.CreateClassifier();
        var options = model.Card.FrontEnd;
        var clipping = new SegmentFrontEnd(options);
        var streaming = new SegmentFrontEnd(options) { Clips = false };
        var (clipped, unclipped) = (new float[options.FeatureCount], new float[options.FeatureCount]);
        var (files, changed, largest, sum) = (0, 0, 0.0, 0.0);
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Dataset("emodb"), "audio")))
        {
            var clip = AudioFile.ReadAll(path);
            var samples = Dsp.Resampling.Resampler.Resample(clip.Samples, clip.SampleRate, options.SampleRate);
            clipping.Compute(samples, clipped);
            streaming.Compute(samples, unclipped);
            for (var i = 0; i < clipped.Length; i++)
            {
                var difference = Math.Abs((double)clipped[i] - unclipped[i]);
                (largest, sum) = (Math.Max(largest, difference), sum + difference);
            }

            changed += Label(classifier, clipped) == Label(classifier, unclipped) ? 0 : 1;
            files++;
        }

        figures.WriteLine(
            $"{files} recordings: a coefficient differs by {largest:0.000} at most and by "
            + $"{sum / files / options.FeatureCount:0.00000} in the mean; {changed} labels change");
        Assert.Equal(535, files);
        Assert.InRange(sum / files / options.FeatureCount, 1e-6, 0.05);
        Assert.InRange(changed, 0, files / 100);
    }

    private static int Label(EmotionClassifier classifier, float[] features)
    {
        features.CopyTo(classifier.Features);
        var probabilities = classifier.Classify();
        return probabilities.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(probabilities));
    }
}
