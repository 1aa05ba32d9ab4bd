namespace SernetStream.Pipeline.Teaching;

/// <summary>
/// Whether some utterances are rather of two people than of one: whether they fall into two parts that are far apart beside how
/// far apart they are within. They are compared by their long-term spectrum, which hangs more on the voice than on what is said.
/// </summary>
internal static class TwoVoices
{
    /// <summary>
    /// Of one person 5 in 100 sets of <see cref="Enrolment.Wanted"/> utterances are as far apart, of two people 70
    /// (<c>python3 -m sernet.enrol</c>).
    /// </summary>
    private const double Limit = 1.2;

    /// <summary>The scatter of an utterance that is taken for the least there is: somebody may say the same again and again.</summary>
    private const double LeastScatter = 5;

    /// <summary>Decides for a few utterances (each split into two parts is looked at).</summary>
    public static bool Are(IReadOnlyList<float[]> spectra) => Parting(spectra) > Limit;

    /// <summary>Scatter between the two parts of the best split, by the scatter within them. No part is a single utterance.</summary>
    public static double Parting(IReadOnlyList<float[]> spectra)
    {
        var distances = Distances(spectra);
        var everybody = (1 << spectra.Count) - 1;
        var total = Scatter(distances, everybody);
        var best = 0.0;
        for (var part = 1; part < 1 << (spectra.Count - 1); part++)
        {
            var (one, other) = (int.PopCount(part), spectra.Count - int.PopCount(part));
            if (one > 1 && other > 1)
            {
                var within = Scatter(distances, part) + Scatter(distances, everybody & ~part);
                best = Math.Max(best, (total - within) / Math.Max(within, LeastScatter * spectra.Count));
            }
        }

        return best;
    }

    private static double[,] Distances(IReadOnlyList<float[]> spectra)
    {
        var distances = new double[spectra.Count, spectra.Count];
        for (var i = 0; i < spectra.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                distances[i, j] = spectra[i].Zip(spectra[j], (a, b) => (double)(a - b) * (a - b)).Sum();
            }
        }

        return distances;
    }

    /// <summary>The sum of squared distances from the mean of those whose bits are set.</summary>
    private static double Scatter(double[,] distances, int members)
    {
        var sum = 0.0;
        for (var i = 0; i < distances.GetLength(0); i++)
        {
            for (var j = 0; j < i; j++)
            {
                sum += (members >> i & members >> j & 1) == 1 ? distances[i, j] : 0;
            }
        }

        return sum / int.PopCount(members);
    }
}
