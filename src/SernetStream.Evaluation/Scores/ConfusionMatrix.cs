namespace SernetStream.Evaluation.Scores;

/// <summary>
/// The confusion matrix of true and predicted labels, and the measures from it. One thread at a time.
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] _counts;

    /// <summary>An empty matrix for some labels.</summary>
    public ConfusionMatrix(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Labels = labels;
        _counts = new int[labels.Count, labels.Count];
    }

    /// <summary>Names of rows and columns.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Clips counted.</summary>
    public int Total => _counts.Cast<int>().Sum();

    /// <summary>Clips of one label that were predicted as another, or as the same; by index.</summary>
    public int this[int meant, int heard] => _counts[meant, heard];

    /// <summary>Unweighted accuracy, 0 to 1: the mean recall of the labels that were meant at least once.</summary>
    public double UnweightedAccuracy => Present.Average(Recall);

    /// <summary>Weighted accuracy, 0 to 1: the share of clips that are right.</summary>
    public double WeightedAccuracy => (double)Present.Sum(label => _counts[label, label]) / Total;

    /// <summary>Macro F1, 0 to 1: the mean F1 of the labels that were meant at least once.</summary>
    public double MacroF1 => Present.Average(label => 2.0 * _counts[label, label] / (Meant(label) + Heard(label)));

    private IEnumerable<int> Present => Enumerable.Range(0, Labels.Count).Where(label => Meant(label) > 0);

    /// <summary>Counts a clip.</summary>
    public void Add(int meant, int heard) => _counts[meant, heard]++;

    /// <summary>A copy of the counts: [meant, heard].</summary>
    public int[,] ToArray() => (int[,])_counts.Clone();

    /// <summary>How often a label was the true one.</summary>
    public int Meant(int label) => Enumerable.Range(0, Labels.Count).Sum(heard => _counts[label, heard]);

    /// <summary>How often a label was predicted.</summary>
    public int Heard(int label) => Enumerable.Range(0, Labels.Count).Sum(meant => _counts[meant, label]);

    /// <summary>Share of a label's clips that are right, 0 to 1; NaN if there are none.</summary>
    public double Recall(int label) => (double)_counts[label, label] / Meant(label);
}
