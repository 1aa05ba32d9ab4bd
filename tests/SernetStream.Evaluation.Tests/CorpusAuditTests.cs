using SernetStream.Evaluation.Audit;
using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Tests;

/// <summary>Corpora with the traps of real ones, made on purpose, and corpora without a trap.</summary>
public sealed class CorpusAuditTests
{
    private const int Rate = 16000;
    private static readonly string[] Labels = ["anger", "fear", "neutral", "sadness"];

    [Theory]
    [InlineData("duration")]
    [InlineData("level")]
    [InlineData("peak")]
    [InlineData("bandwidth")]
    [InlineData("clipping")]
    [InlineData("leading silence")]
    [InlineData("trailing silence")]
    [InlineData("sampling rate")]
    [InlineData("speaker")]
    public void A_trait_that_goes_with_the_label_is_a_trap(string trait)
    {
        var giveaways = Audited((label, clip, draw) => Made(draw) with
        {
            Seconds = trait == "duration" ? 1 + label : 1 + draw.NextDouble(),
            LevelDb = trait == "level" ? -40 + (5 * label) + draw.NextDouble() : -30 * draw.NextDouble(),
            PeakDb = trait == "peak" ? -10 + label : -10 * draw.NextDouble(),
            BandwidthHz = trait == "bandwidth" ? 2000 + (500 * label) : 4000 * draw.NextDouble(),
            ClippedShare = trait == "clipping" ? 0.01 * label : 0,
            LeadingSeconds = trait == "leading silence" ? 0.1 * label : draw.NextDouble(),
            TrailingSeconds = trait == "trailing silence" ? 0.1 * label : draw.NextDouble(),
            SampleRate = trait == "sampling rate" ? Rate + label : Rate,
        }, speaker: (label, clip) => trait == "speaker" ? $"{label}-{clip % 3}" : $"{clip % 5}").Giveaways();

        Assert.Equal([trait], giveaways.Where(giveaway => giveaway.IsTrap).Select(giveaway => giveaway.Trait));
        Assert.All(giveaways, giveaway => Assert.Equal(0.25, giveaway.Chance));
        Assert.True(giveaways.Single(giveaway => giveaway.IsTrap).UnweightedAccuracy > 0.9);
    }

    [Fact]
    public void Labels_of_unlike_size_are_not_given_away_by_their_size()
    {
        var giveaways = Audited((_, _, draw) => Made(draw), clips: label => label == 0 ? 300 : 30).Giveaways();
        Assert.DoesNotContain(giveaways, giveaway => giveaway.IsTrap);
        Assert.All(giveaways, giveaway => Assert.InRange(giveaway.UnweightedAccuracy, 0.1, 0.4));
    }

    [Fact]
    public void A_handful_of_clips_proves_nothing()
    {
        var audit = Audited((label, _, draw) => Made(draw) with { Seconds = 1 + label }, clips: _ => 2);
        Assert.DoesNotContain(audit.Giveaways(), giveaway => giveaway.IsTrap);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Few_clips_are_audited_too(int clips)
    {
        var audit = new CorpusAudit();
        for (var clip = 0; clip < clips; clip++)
        {
            audit.Add(new LabelledClip($"{clip}", Labels[clip % 4], "1"), Made(new Random(clip)));
        }

        Assert.DoesNotContain(audit.Giveaways(), giveaway => giveaway.IsTrap);
    }

    [Fact]
    public void One_label_has_nothing_to_give_away()
    {
        var audit = new CorpusAudit();
        audit.Add(new LabelledClip("a", "anger", "1"), Made(new Random(1)));
        Assert.Empty(audit.Giveaways());
        Assert.Equal(["There is one speaker only: other voices cannot be tested."], audit.Findings());
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        var audit = new CorpusAudit();
        var good = Made(new Random(1));
        Add("a.wav", "anger", "1", good with { Fingerprint = "x" });
        Add("b.wav", "sadness", "1", good with { Fingerprint = "x" });
        Add("c.wav", "anger", "2", good with { IsSilent = true, Fingerprint = "y" });
        Add("d.wav", "anger", "2", good with { IsSilent = true, Fingerprint = "y" });
        Add("e.wav", "gloom", "3", good with { Seconds = 0.1, Fingerprint = "z" });
        Add("f.wav", "anger", "3", good with { Seconds = 3600, Fingerprint = "w" });
        Assert.Equal(
            [
                "2 recordings are silent: every sample is zero: c.wav, d.wav.",
                "1 recording is shorter than 0.2 s: e.wav.",
                "1 recording is longer than 60 s: f.wav.",
                "The same sound is in a.wav, b.wav, and their labels differ (anger, sadness).",
                "1 of the 3 speakers have one emotion only: the voice gives the label away.",
                "The label 'gloom' (1 recording) is not among those of the models here: anger, boredom, calm, disgust, fear, happiness, neutral, sadness, surprise.",
            ],
            audit.Findings());

        void Add(string file, string label, string speaker, ClipTraits traits) => audit.Add(new LabelledClip(file, label, speaker), traits);
    }

    [Fact]
    public void Clipping_that_goes_with_a_label_is_said_though_the_lookup_finds_little()
    {
        var audit = Audited((label, clip, draw) => Made(draw) with { ClippedShare = label == 0 ? clip % 10 < 7 ? 0.01 : 0 : clip % 20 == 0 ? 0.01 : 0 });
        Assert.Contains("42 of the 60 recordings of anger are clipped, and 9 of the 180 others.", audit.Findings());
    }

    [Fact]
    public void Traits_are_what_was_put_into_the_samples()
    {
        var samples = new float[2 * Rate];
        for (var i = Rate / 2; i < 3 * Rate / 2; i++)
        {
            samples[i] = 0.5f * MathF.Sin(2 * MathF.PI * 1000 * i / Rate);
        }

        var traits = ClipTraits.Of(samples, Rate);
        Assert.Equal((2.0, Rate, false), (traits.Seconds, traits.SampleRate, traits.IsSilent));
        Assert.Equal(-6.02, traits.PeakDb, 0.01);
        Assert.Equal(-12.04, traits.LevelDb, 0.01);
        Assert.Equal((0.5, 0.5), (traits.LeadingSeconds, traits.TrailingSeconds));
        Assert.InRange(traits.BandwidthHz, 950, 1150);
        Assert.Equal(0, traits.ClippedShare);
        Assert.Equal(traits.Fingerprint, ClipTraits.Of(samples.ToArray(), Rate).Fingerprint);
        Assert.NotEqual(traits.Fingerprint, ClipTraits.Of(samples.AsSpan(1), Rate).Fingerprint);

        var clipped = Array.ConvertAll(samples, sample => Math.Clamp(sample, -0.2f, 0.2f));
        Assert.InRange(ClipTraits.Of(clipped, Rate).ClippedShare, 0.3, 0.5);
    }

    [Fact]
    public void Silence_and_next_to_nothing_have_traits_too()
    {
        var silent = ClipTraits.Of(new float[Rate], Rate);
        Assert.True(silent.IsSilent);
        Assert.Equal((0.0, -120.0), (silent.ClippedShare, silent.LevelDb));
        Assert.Equal(0, ClipTraits.Of([0.5f], Rate).BandwidthHz);
    }

    private static ClipTraits Made(Random draw) => new()
    {
        Seconds = 1 + draw.NextDouble(),
        LevelDb = -30 * draw.NextDouble(),
        PeakDb = -10 * draw.NextDouble(),
        BandwidthHz = 4000 * draw.NextDouble(),
        ClippedShare = 0,
        LeadingSeconds = draw.NextDouble(),
        TrailingSeconds = draw.NextDouble(),
        SampleRate = Rate,
        IsSilent = false,
        Fingerprint = draw.NextInt64().ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private static CorpusAudit Audited(
        Func<int, int, Random, ClipTraits> traits, Func<int, int, string>? speaker = null, Func<int, int>? clips = null)
    {
        var (audit, draw) = (new CorpusAudit(), new Random(7));
        for (var label = 0; label < Labels.Length; label++)
        {
            for (var clip = 0; clip < (clips?.Invoke(label) ?? 60); clip++)
            {
                audit.Add(
                    new LabelledClip($"{label}-{clip:000}", Labels[label], speaker?.Invoke(label, clip) ?? $"{clip % 5}"),
                    traits(label, clip, draw));
            }
        }

        return audit;
    }
}
