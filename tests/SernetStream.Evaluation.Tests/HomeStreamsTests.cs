using SernetStream.Evaluation.AtHome;
using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Tests;

/// <summary>Five people with six clips of each of four labels; as <c>training/tests/test_athome.py</c> has them.</summary>
public sealed class HomeStreamsTests
{
    private static readonly string[] Labels = ["anger", "happiness", "neutral", "sadness"];
    private static readonly string[] Emotions = ["anger", "happiness", "sadness"];

    private static readonly List<LabelledClip> Clips =
    [
        .. Enumerable.Range(0, 5).SelectMany(speaker => Labels.SelectMany(label => Enumerable.Range(0, 6).Select(place =>
            new LabelledClip($"{speaker}-{label}-{place}", label, $"{speaker}")))),
    ];

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    public void An_emotion_lasts_from_the_first_utterance_to_the_last(int people, int homes)
    {
        var streams = new HomeStreams(Clips, people).Lasting(Labels, HomeStreams.LastingUtterances);
        Assert.Equal(4 * homes, streams.Count);
        foreach (var said in streams.SelectMany(stream => stream.GroupBy(clip => clip.Speaker)))
        {
            Assert.Equal(HomeStreams.LastingUtterances, said.Count());
            Assert.Single(said.Select(clip => clip.Label).Distinct());

            // No clip is repeated before all have been used.
            Assert.Equal(6, said.Take(6).Distinct().Count());
        }

        // Over all streams, everybody is in each emotion once.
        var once = new HomeStreams(Clips, people).Lasting(Labels, null).SelectMany(stream => stream).ToList();
        Assert.Equal(Clips.Order(Comparer<LabelledClip>.Create(ByFile)), once.Order(Comparer<LabelledClip>.Create(ByFile)));
    }

    [Fact]
    public void Most_is_neutral_and_emotions_come_in_runs()
    {
        var streams = new HomeStreams(Clips, 1).MostlyNeutral(Emotions);
        Assert.All(streams, stream => Assert.Equal(HomeStreams.MostlyNeutralUtterances, stream.Count));
        var labels = streams.SelectMany(stream => stream).Select(clip => clip.Label).ToList();
        Assert.InRange(labels.Count(label => label == "neutral") / (double)labels.Count, 0.78, 0.92);
        var runs = 1 + labels.Zip(labels.Skip(1)).Count(pair => (pair.First == "neutral") != (pair.Second == "neutral"));
        Assert.InRange(labels.Count / (double)runs, 6, 15);
    }

    [Fact]
    public void Who_has_no_neutral_clip_is_left_out_and_streams_are_always_the_same()
    {
        var some = Clips.Where(clip => clip.Speaker != "3" || clip.Label != "neutral").ToList();
        Assert.DoesNotContain(new HomeStreams(some, 2).MostlyNeutral(Emotions).SelectMany(stream => stream), clip => clip.Speaker == "3");
        Assert.Equal(
            new HomeStreams(Clips, 2).MostlyNeutral(Emotions).SelectMany(stream => stream),
            new HomeStreams(Clips, 2).MostlyNeutral(Emotions).SelectMany(stream => stream));
    }

    private static int ByFile(LabelledClip one, LabelledClip other) => string.CompareOrdinal(one.File, other.File);
}
