using SernetStream.Evaluation.Corpora;
using SernetStream.Models;

namespace SernetStream.Evaluation.Scores;

/// <summary>How right a model is on a corpus, added up clip by clip. Safe for use by many threads.</summary>
public sealed class ModelEvaluation
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ConfusionMatrix> _bySpeaker = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _unknown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _indices;
    private readonly UnknownThresholds? _thresholds;

    /// <summary>For a model that tells these labels apart.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="thresholds">When its answer is unknown; null: never. Counted in <see cref="Certainty"/> alone.</param>
    public ModelEvaluation(IReadOnlyList<string> labels, UnknownThresholds? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        _thresholds = thresholds;
        _indices = labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        Confusion = new ConfusionMatrix(labels);
    }

    /// <summary>All clips together.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>How far its confidence can be trusted.</summary>
    public CertaintyScores Certainty { get; } = new();

    /// <summary>The same for each speaker.</summary>
    public IReadOnlyDictionary<string, ConfusionMatrix> BySpeaker => _bySpeaker;

    /// <summary>What it makes of ordinary speech; null if nobody asks.</summary>
    public FalseEmotions? FalseEmotions { get; init; }

    /// <summary>Labels that the model does not have, and how many clips have them; these are left out.</summary>
    public IReadOnlyDictionary<string, int> Unknown => _unknown;

    /// <summary>Where a label stands; for clips that <see cref="Knows"/> lets pass.</summary>
    public int IndexOf(string label) => _indices[label];

    /// <summary>Whether a clip counts; if not, it is noted in <see cref="Unknown"/>.</summary>
    public bool Knows(LabelledClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        if (_indices.ContainsKey(clip.Label))
        {
            return true;
        }

        lock (_lock)
        {
            _unknown[clip.Label] = _unknown.GetValueOrDefault(clip.Label) + 1;
        }

        return false;
    }

    /// <summary>
    /// Counts the answer of a model for a clip whose label it knows: the label with the largest probability.
    /// </summary>
    public void Add(LabelledClip clip, ReadOnlySpan<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var heard = Models.Certainty.Likeliest(probabilities);
        var confidence = probabilities[heard];
        var isUnknown = _thresholds?.Hold(probabilities) == true;
        var meant = _indices[clip.Label];
        FalseEmotions?.Add(meant, probabilities);
        lock (_lock)
        {
            Confusion.Add(meant, heard);
            Certainty.Add(confidence, heard == meant, isUnknown);
            if (!_bySpeaker.TryGetValue(clip.Speaker, out var speaker))
            {
                _bySpeaker.Add(clip.Speaker, speaker = new ConfusionMatrix(Confusion.Labels));
            }

            speaker.Add(meant, heard);
        }
    }
}
