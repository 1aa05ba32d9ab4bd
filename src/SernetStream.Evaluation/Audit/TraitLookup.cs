using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Audit;

/// <summary>
/// How well one number alone predicts the label, by nearest neighbours among the clips of the other folds.
/// </summary>
public static class TraitLookup
{
    /// <summary>Clips are dealt to so many folds.</summary>
    public const int Folds = 5;

    /// <summary>Clips of the other folds, with the most similar numbers, that a clip is looked up in; and all that are as similar.</summary>
    public const int Neighbours = 15;

    private const int Seed = 1;

    /// <summary>Looks up a number.</summary>
    /// <param name="values">Of each clip.</param>
    /// <param name="labels">Of each clip, as places in <paramref name="names"/>.</param>
    /// <param name="names">The labels.</param>
    /// <returns>What was meant against what was looked up.</returns>
    public static ConfusionMatrix Of(IReadOnlyList<double> values, IReadOnlyList<int> labels, IReadOnlyList<string> names) =>
        Of(values, labels, names, Neighbours);

    /// <summary>The same of a name, such as the speaker's: clips of the same name are looked up.</summary>
    public static ConfusionMatrix Of(IReadOnlyList<string> values, IReadOnlyList<int> labels, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(values);
        var places = values.Distinct(StringComparer.Ordinal).Select((name, place) => (name, place)).ToDictionary(StringComparer.Ordinal);
        return Of([.. values.Select(name => (double)places[name])], labels, names, 1);
    }

    private static ConfusionMatrix Of(
        IReadOnlyList<double> values, IReadOnlyList<int> labels, IReadOnlyList<string> names, int neighbours)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(names);
        var folds = Dealt(labels, names.Count);
        var confusion = new ConfusionMatrix(names);
        for (var fold = 0; fold < Folds; fold++)
        {
            var known = Enumerable.Range(0, values.Count).Where(clip => folds[clip] != fold).OrderBy(clip => values[clip]).ToArray();
            if (known.Length == 0)
            {
                continue;
            }

            var sorted = Array.ConvertAll(known, clip => values[clip]);
            var counts = Counts(known, labels, names.Count);
            for (var clip = 0; clip < values.Count; clip++)
            {
                if (folds[clip] == fold)
                {
                    confusion.Add(labels[clip], Likeliest(Nearest(sorted, values[clip], neighbours), known, labels, counts));
                }
            }
        }

        return confusion;
    }

    /// <summary>The label that is most frequent among the nearest clips, against how frequent it is among all.</summary>
    private static int Likeliest((int From, int To) nearest, int[] known, IReadOnlyList<int> labels, int[] counts)
    {
        var near = new int[counts.Length];
        for (var place = nearest.From; place < nearest.To; place++)
        {
            near[labels[known[place]]]++;
        }

        var best = 0;
        for (var label = 1; label < near.Length; label++)
        {
            // near / counts, compared without dividing by nothing.
            best = (long)near[label] * Math.Max(1, counts[best]) > (long)near[best] * Math.Max(1, counts[label]) ? label : best;
        }

        return best;
    }

    /// <summary>The places of the nearest values, and of all that are as near as the furthest of them.</summary>
    private static (int From, int To) Nearest(double[] sorted, double value, int neighbours)
    {
        var at = Array.BinarySearch(sorted, value);
        var (from, to) = at < 0 ? (~at, ~at) : (at, at);
        while (to - from < Math.Min(neighbours, sorted.Length))
        {
            if (from == 0 || (to < sorted.Length && sorted[to] - value < value - sorted[from - 1]))
            {
                to++;
            }
            else
            {
                from--;
            }
        }

        var furthest = Math.Max(Math.Abs(value - sorted[from]), Math.Abs(sorted[to - 1] - value));
        while (from > 0 && value - sorted[from - 1] <= furthest)
        {
            from--;
        }

        while (to < sorted.Length && sorted[to] - value <= furthest)
        {
            to++;
        }

        return (from, to);
    }

    /// <summary>The fold of each clip: of every label about as many clips are in each.</summary>
    private static int[] Dealt(IReadOnlyList<int> labels, int count)
    {
        var draw = new Random(Seed);
        var folds = new int[labels.Count];
        var dealt = 0;
        for (var label = 0; label < count; label++)
        {
            var clips = Enumerable.Range(0, labels.Count).Where(clip => labels[clip] == label).ToArray();
            draw.Shuffle(clips);
            foreach (var clip in clips)
            {
                folds[clip] = dealt++ % Folds;
            }
        }

        return folds;
    }

    private static int[] Counts(int[] clips, IReadOnlyList<int> labels, int count)
    {
        var counts = new int[count];
        foreach (var clip in clips)
        {
            counts[labels[clip]]++;
        }

        return counts;
    }
}
