using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Tests;

public class HomeTests
{
    private static readonly LabelledClip[] Clips =
        [.. Enumerable.Range(0, 35).Select(clip => new LabelledClip($"{clip}.wav", "anger", $"speaker {clip % 7}"))];

    [Theory]
    [InlineData(1, new[] { 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(2, new[] { 2, 2, 3 })]
    [InlineData(7, new[] { 7 })]
    [InlineData(9, new[] { 7 })]
    public void Every_clip_is_heard_once_in_the_home_of_its_speaker(int people, int[] speakers)
    {
        var homes = Home.Of(Clips, people);
        Assert.Equal(Clips.Order(ByFile), homes.SelectMany(home => home.Clips).Order(ByFile));
        Assert.Equal(speakers, homes.Select(home => home.Clips.Select(clip => clip.Speaker).Distinct().Count()).Order());
        Assert.Equal(7, homes.Sum(home => home.Clips.Select(clip => clip.Speaker).Distinct().Count()));
    }

    [Fact]
    public void It_is_always_the_same_and_not_as_the_files_are_named()
    {
        var first = Home.Of(Clips, 2).SelectMany(home => home.Clips).ToList();
        Assert.Equal(first, Home.Of(Clips, 2).SelectMany(home => home.Clips));
        Assert.NotEqual(first.Order(ByFile), first);
    }

    [Fact]
    public void A_home_of_nobody_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Home.Of(Clips, 0));

    private static readonly IComparer<LabelledClip> ByFile =
        Comparer<LabelledClip>.Create((one, other) => string.CompareOrdinal(one.File, other.File));
}
