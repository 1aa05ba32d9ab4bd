using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Audit;

/// <summary>How well one trait predicts the labels.</summary>
/// <param name="Trait">What was looked up, such as <c>duration</c>.</param>
/// <param name="UnweightedAccuracy">Accuracy of the prediction, 0 to 1: the mean over labels.</param>
/// <param name="Chance">Accuracy of chance.</param>
/// <param name="Error">Standard error of the accuracy.</param>
public sealed record Giveaway(string Trait, double UnweightedAccuracy, double Chance, double Error)
{
    /// <summary>
    /// The share of the range above chance from which a prediction makes figures on a corpus doubtful.
    /// </summary>
    public const double Doubtful = 0.2;

    /// <summary>Whether more than chance, and enough to matter.</summary>
    public bool IsTrap => UnweightedAccuracy - Chance > Math.Max(Doubtful * (1 - Chance), 4 * Error);
}

/// <summary>
/// Tests what gives a corpus' labels away without any speech: how well duration, level and so on, each alone, predict
/// the emotions. A model can learn that instead, and figures on such a corpus say little. Any thread may add clips.
/// </summary>
public sealed class CorpusAudit
{
    /// <summary>Recordings shorter than this hold no utterance.</summary>
    public const double ShortestSeconds = 0.2;

    /// <summary>Recordings longer than this hold more than one.</summary>
    public const double LongestSeconds = 60;

    private static readonly (string Name, Func<ClipTraits, double> Of)[] Measures =
    [
        ("duration", traits => traits.Seconds),
        ("level", traits => traits.LevelDb),
        ("peak", traits => traits.PeakDb),
        ("bandwidth", traits => traits.BandwidthHz),
        ("clipping", traits => traits.ClippedShare),
        ("leading silence", traits => traits.LeadingSeconds),
        ("trailing silence", traits => traits.TrailingSeconds),
        ("sampling rate", traits => traits.SampleRate),
    ];

    private static readonly string[] EmotionLabels =
        ["anger", "boredom", "calm", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (LabelledClip Clip, ClipTraits Traits)> _clips = new(StringComparer.Ordinal);

    /// <summary>Clips that were added.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _clips.Count;
            }
        }
    }

    /// <summary>Adds a clip that could be read.</summary>
    public void Add(LabelledClip clip, ClipTraits traits)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(traits);
        lock (_gate)
        {
            _clips[clip.File] = (clip, traits);
        }
    }

    /// <summary>
    /// How well each trait predicts the labels; empty where all clips have one label, or hardly any is there.
    /// </summary>
    public IReadOnlyList<Giveaway> Giveaways()
    {
        var clips = Sounding();
        var names = clips.Select(clip => clip.Clip.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (names.Length < 2 || clips.Count < TraitLookup.Folds)
        {
            return [];
        }

        var labels = clips.ConvertAll(clip => Array.IndexOf(names, clip.Clip.Label));
        var found = Measures
            .Select(measure => Judged(measure.Name, TraitLookup.Of(clips.ConvertAll(clip => measure.Of(clip.Traits)), labels, names)))
            .ToList();
        found.Add(Judged("speaker", TraitLookup.Of(clips.ConvertAll(clip => clip.Clip.Speaker), labels, names)));
        return found;
    }

    /// <summary>Sentences about what is wrong with the corpus besides; empty where nothing is.</summary>
    public IReadOnlyList<string> Findings()
    {
        List<(LabelledClip Clip, ClipTraits Traits)> clips;
        lock (_gate)
        {
            clips = [.. _clips.Values];
        }

        var findings = new List<string>();
        Note(findings, "silent: every sample is zero", clips.Where(clip => clip.Traits.IsSilent));
        Note(findings, $"shorter than {ShortestSeconds} s", clips.Where(clip => clip.Traits.Seconds < ShortestSeconds));
        Note(findings, $"longer than {LongestSeconds} s", clips.Where(clip => clip.Traits.Seconds > LongestSeconds));
        NoteDoubles(findings, [.. clips.Where(clip => !clip.Traits.IsSilent)]);
        NoteClipping(findings, clips);
        NoteSpeakers(findings, clips.ConvertAll(clip => clip.Clip));
        NoteLabels(findings, clips.ConvertAll(clip => clip.Clip));
        return findings;
    }

    private static Giveaway Judged(string trait, ConfusionMatrix confusion)
    {
        var present = Enumerable.Range(0, confusion.Labels.Count).Where(label => confusion.Meant(label) > 0).ToList();
        var variance = present.Sum(label => Variance(confusion[label, label], confusion.Meant(label)));
        return new Giveaway(trait, confusion.UnweightedAccuracy, 1.0 / present.Count, Math.Sqrt(variance) / present.Count);
    }

    /// <summary>Variance of a recall; of few clips it is never 0, however many are right (Laplace's rule of succession).</summary>
    private static double Variance(int right, int count)
    {
        var recall = (right + 1.0) / (count + 2);
        return recall * (1 - recall) / (count + 2);
    }

    private static void Note(List<string> findings, string what, IEnumerable<(LabelledClip Clip, ClipTraits Traits)> clips)
    {
        var files = clips.Select(clip => clip.Clip.File).ToList();
        if (files.Count > 0)
        {
            findings.Add($"{Counted(files.Count, "recording is", "recordings are")} {what}: {Some(files)}.");
        }
    }

    private static void NoteDoubles(List<string> findings, List<(LabelledClip Clip, ClipTraits Traits)> clips)
    {
        foreach (var same in clips.GroupBy(clip => clip.Traits.Fingerprint, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            var labels = same.Select(clip => clip.Clip.Label).Distinct(StringComparer.Ordinal).ToList();
            var differing = labels.Count > 1 ? $", and their labels differ ({string.Join(", ", labels)})" : "";
            findings.Add($"The same sound is in {Some([.. same.Select(clip => clip.Clip.File)])}{differing}.");
        }
    }

    /// <summary>Labels whose recordings are clipped far more often than the others.</summary>
    private static void NoteClipping(List<string> findings, List<(LabelledClip Clip, ClipTraits Traits)> clips)
    {
        var all = clips.Count(IsClipped);
        foreach (var label in clips.GroupBy(clip => clip.Clip.Label, StringComparer.Ordinal))
        {
            var (clipped, count) = (label.Count(IsClipped), label.Count());
            var others = clips.Count - count;
            if (clipped >= 0.3 * count && others > 0 && (double)clipped / count > 3.0 * (all - clipped) / others)
            {
                findings.Add($"{clipped} of the {count} recordings of {label.Key} are clipped, and {all - clipped} of the {others} others.");
            }
        }

        static bool IsClipped((LabelledClip Clip, ClipTraits Traits) clip) => clip.Traits.ClippedShare > 0;
    }

    private static void NoteSpeakers(List<string> findings, List<LabelledClip> clips)
    {
        var speakers = clips.GroupBy(clip => clip.Speaker, StringComparer.Ordinal).ToList();
        if (speakers.Count == 1)
        {
            findings.Add("There is one speaker only: other voices cannot be tested.");
            return;
        }

        var labels = clips.Select(clip => clip.Label).Distinct(StringComparer.Ordinal).Count();
        var single = speakers.Count(speaker => speaker.Select(clip => clip.Label).Distinct(StringComparer.Ordinal).Count() == 1);
        if (labels > 1 && single > 0)
        {
            findings.Add($"{single} of the {speakers.Count} speakers have one emotion only: the voice gives the label away.");
        }
    }

    private static void NoteLabels(List<string> findings, List<LabelledClip> clips)
    {
        foreach (var label in clips.GroupBy(clip => clip.Label, StringComparer.Ordinal).Where(label => !EmotionLabels.Contains(label.Key)))
        {
            findings.Add($"The label '{label.Key}' ({Counted(label.Count(), "recording", "recordings")}) is not among those of the models "
                + $"here: {string.Join(", ", EmotionLabels)}.");
        }
    }

    private static string Counted(int count, string one, string several) => $"{count} {(count == 1 ? one : several)}";

    private static string Some(List<string> files)
    {
        const int Named = 3;
        var more = files.Count > Named ? $" and {files.Count - Named} more" : "";
        return string.Join(", ", files.Take(Named)) + more;
    }

    private List<(LabelledClip Clip, ClipTraits Traits)> Sounding()
    {
        lock (_gate)
        {
            return [.. _clips.Values.Where(clip => !clip.Traits.IsSilent)];
        }
    }
}
