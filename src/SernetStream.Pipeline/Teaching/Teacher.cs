using System.Globalization;
using SernetStream.Models;
using SernetStream.Models.Teaching;

namespace SernetStream.Pipeline.Teaching;

/// <summary>
/// Takes what people say of the last final, and makes of it a lesson for the classifier. The classifier's thread tells it what it
/// heard and takes lessons, without an allocation; any other thread teaches.
/// </summary>
/// <remarks>
/// Of an utterance it keeps the model's features, which are averages over the utterance and no sound, until the next final, a mute or
/// the end; of what was labelled, only sums.
/// </remarks>
public sealed class Teacher
{
    /// <summary>How long after an utterance it can be labelled.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private readonly List<string> _labels;
    private readonly UsualMoods _moods;
    private readonly PipelineControls _controls;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly float[] _features;
    private readonly float[] _probabilities;
    private LabelledMoments _enrolled;
    private LabelledMoments? _beforeLast;
    private long _heardAt;
    private bool _hasFinal;
    private int _labelled = -1;
    private volatile Lesson? _lesson;

    /// <summary>Teaches a model.</summary>
    /// <param name="card">The model's card; it must say what is usual (<see cref="CanTeach"/>).</param>
    /// <param name="controls">Tell when nobody is to be heard.</param>
    /// <param name="clock">The clock by which an utterance is recent.</param>
    public Teacher(ModelCard card, PipelineControls controls, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(controls);
        _labels = [.. card.Labels];
        _moods = card.Moods ?? throw new ArgumentException($"{card.Name} cannot be taught", nameof(card));
        (_controls, _clock) = (controls, clock);
        _features = new float[_moods.FeatureCount];
        _probabilities = new float[card.Labels.Count];
        _enrolled = Corrections = Nothing(card);
        controls.Changed += ForgetWhenMuted;
    }

    /// <summary>What was labelled here, apart from what was enrolled.</summary>
    public LabelledMoments Corrections { get; private set; }

    /// <summary>What the classifier is to judge by; null: as it was trained.</summary>
    internal Lesson? Lesson => _lesson;

    /// <summary>Features of the last final; for the classifier's thread.</summary>
    internal ReadOnlySpan<float> Features => _features;

    /// <summary>Whether a model can be taught by labelled utterances.</summary>
    public static bool CanTeach(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return card.Moods is not null;
    }

    /// <summary>Nothing labelled, for a model that can be taught.</summary>
    public static LabelledMoments Nothing(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return new LabelledMoments(card.Labels.Count, card.Moods!.FeatureCount);
    }

    /// <summary>Goes on from what is kept elsewhere.</summary>
    /// <param name="enrolled">Of people who enrolled.</param>
    /// <param name="corrections">Of utterances that were labelled.</param>
    public void Begin(LabelledMoments enrolled, LabelledMoments corrections)
    {
        ArgumentNullException.ThrowIfNull(corrections);
        lock (_gate)
        {
            if (corrections.Count != Corrections.Count)
            {
                // Something else than what was learnt here: the last label is no part of it.
                (_beforeLast, _labelled) = (null, -1);
            }

            (_enrolled, Corrections) = (enrolled, corrections);
            Draw();
        }
    }

    /// <summary>Labels the last final.</summary>
    /// <param name="label">One of the model's labels.</param>
    /// <returns>Why nothing was learnt, in a sentence; null: it was learnt.</returns>
    public string? Label(string label)
    {
        lock (_gate)
        {
            var index = _labels.IndexOf(label);
            var age = _clock.GetElapsedTime(_heardAt);
            if (index < 0)
            {
                return $"it must be one of {string.Join(", ", _labels)}";
            }

            if (!_hasFinal || age > Recent)
            {
                return $"nobody has spoken in the last {Recent.TotalSeconds:0} seconds, so it is not clear what was {label}; label an utterance soon after it";
            }

            if (_labelled >= 0)
            {
                return _labelled == index
                    ? $"the last utterance is labelled {label} already"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"the last utterance, {age.TotalSeconds:0} seconds ago, is labelled {_labels[_labelled]} already; if that was wrong, say undo first");
            }

            _beforeLast = Corrections;
            Corrections = Corrections.With(index, _features, LabelledMoments.WeightOf(_probabilities[index], _probabilities.Length));
            _labelled = index;
            Draw();
            return null;
        }
    }

    /// <summary>Takes the last label back.</summary>
    /// <returns>Why not, in a sentence; null: it is as it was before.</returns>
    public string? Undo()
    {
        lock (_gate)
        {
            if (_beforeLast is not { } before)
            {
                return "there is nothing to undo: only the last label can be taken back, once";
            }

            (Corrections, _beforeLast, _labelled) = (before, null, -1);
            Draw();
            return null;
        }
    }

    /// <summary>Takes note of the final that was just classified.</summary>
    internal void Heard(EmotionClassifier classifier, ReadOnlySpan<float> probabilities)
    {
        lock (_gate)
        {
            if (_controls.Muted)
            {
                return;
            }

            classifier.CopyFeatures(_features);
            probabilities.CopyTo(_probabilities);
            (_heardAt, _hasFinal, _labelled) = (_clock.GetTimestamp(), true, -1);
        }
    }

    private void ForgetWhenMuted()
    {
        lock (_gate)
        {
            if (_controls.Muted)
            {
                Array.Clear(_features);
                Array.Clear(_probabilities);
                _hasFinal = false;
            }
        }
    }

    private void Draw() => _lesson = Lesson.Of(_enrolled.Plus(Corrections), _moods);
}
