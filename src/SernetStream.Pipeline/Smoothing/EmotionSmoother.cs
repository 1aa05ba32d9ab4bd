using SernetStream.Models;

namespace SernetStream.Pipeline.Smoothing;

/// <summary>
/// Turns fluctuating probabilities into a stable emotion: the mean of an utterance, exponential smoothing from one utterance
/// to the next, then thresholds of confidence and entropy, hysteresis and a minimum dwell. Pure: it knows only the times in
/// its input. One stream, one thread.
/// </summary>
/// <remarks>
/// An utterance is judged by all of its windows together (<see cref="UtteranceMean"/>): an interim by those so far, and its
/// final by all. Where each answer covers the utterance from its start already, the newest counts alone
/// (<see cref="SmootherOptions.AnswersCoverUtterance"/>). What was settled before is the state after the last final, and moves with
/// finals only. An interim knows less than the final will, so it may need more (<see cref="SmootherOptions.EnterOf"/>), and the final may
/// correct at once what it moved the emotion to: the dwell time protects only the result of a finished utterance.
/// </remarks>
public sealed class EmotionSmoother
{
    /// <summary>The value of <see cref="Current"/> when no label is probable enough.</summary>
    public const int Unknown = -1;

    /// <summary>The value of <see cref="Current"/> when nobody has spoken for a while.</summary>
    public const int None = -2;

    private readonly UtteranceMean _utterance;
    private readonly float[] _settled;
    private readonly float[] _smoothed;
    private SmootherOptions _options;
    private double _beganAt;
    private double _settledAt = double.NegativeInfinity;
    private double _movedAt = double.NegativeInfinity;
    private bool _movedByInterim;
    private double _spokenAt;

    /// <summary>Makes a smoother that has heard nothing.</summary>
    public EmotionSmoother(int labelCount, SmootherOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labelCount, 2);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _utterance = new UtteranceMean(labelCount);
        _settled = new float[labelCount];
        _smoothed = new float[labelCount];
    }

    /// <summary>Its options; a change applies from the next call on, and keeps the state.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public SmootherOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            _options = value;
        }
    }

    /// <summary>Index of the current emotion's label, <see cref="Unknown"/> or <see cref="None"/>.</summary>
    public int Current { get; private set; } = None;

    /// <summary>Smoothed probabilities; zeros while nobody has spoken.</summary>
    public ReadOnlySpan<float> Smoothed => _smoothed;

    /// <summary>Smoothed probability of the current emotion; of the likeliest label if unknown; 0 if none.</summary>
    public float Confidence => Current switch
    {
        None => 0,
        Unknown => _smoothed[Likeliest()],
        _ => _smoothed[Current],
    };

    /// <summary>Takes one window.</summary>
    /// <param name="raw">Calibrated probabilities, one a label.</param>
    /// <param name="settles">Whether the utterance is over with it, or it stands for itself.</param>
    /// <param name="time">When it was judged, in seconds of the stream; never before the last one.</param>
    /// <returns>Whether the emotion moved.</returns>
    public bool Update(ReadOnlySpan<float> raw, bool settles, double time)
    {
        _spokenAt = time;
        TakeIn(raw);
        BlendIn(_settled, time - _settledAt);
        if (settles)
        {
            _smoothed.CopyTo(_settled, 0);
            _settledAt = time;
            _utterance.Clear();
        }

        return MoveTo(Decide(settles ? double.PositiveInfinity : time - _beganAt), settles, time);
    }

    /// <summary>Another utterance begins; if the final of the last one never came, its windows do not count.</summary>
    /// <param name="time">When it began, in seconds of the stream.</param>
    public void BeginUtterance(double time)
    {
        _utterance.Clear();
        _beganAt = time;
    }

    /// <summary>Says that time has passed.</summary>
    /// <param name="speaking">Whether somebody is speaking.</param>
    /// <param name="time">Seconds of the stream.</param>
    /// <returns>Whether the emotion moved: to <see cref="None"/>, after enough silence.</returns>
    public bool Advance(bool speaking, double time)
    {
        if (speaking)
        {
            _spokenAt = time;
        }

        return time - _spokenAt >= _options.NoneAfterSeconds && Reset();
    }

    /// <summary>Forgets all that was heard, at once: the emotion is <see cref="None"/>.</summary>
    /// <returns>Whether the emotion moved.</returns>
    public bool Reset()
    {
        if (Current == None)
        {
            return false;
        }

        _utterance.Clear();
        Array.Clear(_settled);
        Array.Clear(_smoothed);
        _settledAt = _movedAt = double.NegativeInfinity;
        _movedByInterim = false;
        Current = None;
        return true;
    }

    /// <summary>What is known of the utterance with its next answer.</summary>
    private void TakeIn(ReadOnlySpan<float> raw)
    {
        if (_options.AnswersCoverUtterance)
        {
            raw.CopyTo(_smoothed);
            return;
        }

        _utterance.Add(raw);
        _utterance.CopyTo(_smoothed);
    }

    /// <summary>Smooths over what was settled before.</summary>
    private void BlendIn(ReadOnlySpan<float> before, double elapsed)
    {
        var kept = _options.HalfLifeSeconds > 0 ? (float)double.Exp2(-elapsed / _options.HalfLifeSeconds) : 0;
        for (var i = 0; i < _smoothed.Length; i++)
        {
            _smoothed[i] = (kept * before[i]) + ((1 - kept) * _smoothed[i]);
        }
    }

    private int Decide(double heard)
    {
        if (Certainty.Entropy(_smoothed) > _options.MaxEntropy)
        {
            return Unknown;
        }

        // Where emotions have a measured threshold, the likeliest one that reaches it is said even if neutral is likelier: the
        // threshold already holds how rare emotions are.
        foreach (var likeliest in (ReadOnlySpan<int>)[LikeliestEmotion(), Likeliest()])
        {
            if (_smoothed[likeliest] >= _options.EnterOf(likeliest, heard))
            {
                return likeliest;
            }
        }

        return Current >= 0 && _smoothed[Current] >= _options.Leave ? Current : Unknown;
    }

    private bool MoveTo(int next, bool settles, double time)
    {
        // Only an emotion dwells; unknown does not.
        var isDwelling = Current >= 0 && time - _movedAt < _options.DwellSeconds && !(settles && _movedByInterim);
        var isMoving = next != Current && !isDwelling;
        if (isMoving)
        {
            Current = next;
            _movedAt = time;
        }

        // A final confirms the emotion of its interims; the dwell time starts then.
        _movedByInterim = !settles && (isMoving || _movedByInterim);
        return isMoving;
    }

    private int Likeliest() => Certainty.Likeliest(_smoothed);

    /// <summary>The likeliest label but neutral, where neutral has a threshold of its own; else the likeliest of all.</summary>
    private int LikeliestEmotion()
    {
        var best = -1;
        for (var i = 0; i < _smoothed.Length; i++)
        {
            if (i != _options.NeutralLabel && (best < 0 || _smoothed[i] > _smoothed[best]))
            {
                best = i;
            }
        }

        return best;
    }
}
