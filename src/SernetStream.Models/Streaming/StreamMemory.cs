namespace SernetStream.Models.Streaming;

/// <summary>
/// What a network that streams remembers of one stream: its state, how far it has heard, and its last answers. One thread hears at a
/// time; any may call <see cref="Forget"/>.
/// </summary>
/// <remarks>
/// A window that was never judged costs nothing but time: the next one holds its frames too, and they are heard then. Only where
/// frames are missing that no window holds any more does the network begin anew, with the first frame of that window.
/// </remarks>
public sealed class StreamMemory : IDisposable
{
    /// <summary>As many steps as a gate may need to find that an utterance is over.</summary>
    private const int MostAnswers = 64;

    private readonly Lock _gate = new();
    private readonly INetworkState _state;
    private readonly int _frames;
    private readonly int _width;
    private readonly float _share;
    private readonly float[] _answers;
    private readonly float[] _deviation;
    private float[] _features;
    private volatile bool _isToForget;
    private bool _isEmpty = true;
    private long _piece;
    private long _begin;
    private long _next;
    private long _steps;

    internal StreamMemory(ModelCard card, INetworkState state)
    {
        _state = state;
        (_frames, _width) = (card.Streaming!.Frames, card.FrontEnd.FrameFeatures);
        _share = (float)Math.Exp(-_frames * (double)card.FrontEnd.HopLength / card.FrontEnd.SegmentLength);
        _answers = new float[MostAnswers * card.Labels.Count];
        _deviation = card.Streaming.Features?.Deviation ?? [];
        _features = new float[_deviation.Length];
    }

    private int Labels => _answers.Length / MostAnswers;

    private bool KeepsFeatures => _features.Length > _deviation.Length;

    /// <summary>
    /// Keeps, from now on, not only its last answers but also the features that they are by: a final can then be labelled by its own,
    /// however much more was heard by then. Before anything is heard.
    /// </summary>
    public void KeepFeatures() => _features = new float[MostAnswers * _deviation.Length];

    /// <summary>
    /// Forgets what was heard: the next window is heard from its first frame on. While another thread hears, it is that one which
    /// forgets, when it is done.
    /// </summary>
    public void Forget()
    {
        _isToForget = true;
        while (_isToForget && _gate.TryEnter())
        {
            _isToForget = false;
            Clear();
            _gate.Exit();
        }
    }

    /// <summary>Forgets, and gives the memory back; nobody hears any more.</summary>
    public void Dispose()
    {
        Clear();
        _state.Dispose();
    }

    /// <summary>Hears the frames of a window that were not heard before, as many steps at a time as can be computed together.</summary>
    /// <param name="steps">What computes them.</param>
    /// <param name="rows">The features of its frames and of a step more.</param>
    /// <param name="window">Which they are.</param>
    /// <param name="answer">Takes the network's answer, one number a label.</param>
    /// <param name="features">
    /// Takes the features of <see cref="StreamedFeatures"/>, as multiples of their deviations: those of the answer, or where they are not
    /// kept (<see cref="KeepFeatures"/>), of all that was heard. Empty if the card names none.
    /// </param>
    internal void Hear(INetworkSteps steps, ReadOnlySpan<float> rows, in StreamFrames window, Span<float> answer, Span<float> features)
    {
        _gate.Enter();
        try
        {
            if (_isEmpty || window.Piece != _piece || window.First > _next)
            {
                Begin(window);
            }

            while (Due(window) is > 0 and var due)
            {
                Step(steps, due, rows, window);
            }

            Answer(steps, rows, window, answer, features);
            for (var i = 0; i < features.Length; i++)
            {
                features[i] /= _deviation[i];
            }
        }
        finally
        {
            _gate.Exit();
            if (_isToForget)
            {
                Forget();
            }
        }
    }

    private void Begin(in StreamFrames window)
    {
        Clear();
        (_isEmpty, _piece, _begin, _next) = (false, window.Piece, window.First, window.First);
    }

    /// <summary>Steps that a window has more than were heard.</summary>
    private int Due(in StreamFrames window) => (int)((window.End - _next + (window.IsFinal ? _frames - 1 : 0)) / _frames);

    private void Step(INetworkSteps steps, int due, ReadOnlySpan<float> rows, in StreamFrames window)
    {
        // The answers lie one behind the other, up to the end of their memory.
        var place = (int)((_steps + 1) % MostAnswers);
        var count = Math.Min(Math.Min(due, steps.Most), MostAnswers - place);
        steps.Compute(
            _state,
            Next(rows, window, count),
            window.Forgets ? _share : 1,
            keeps: true,
            _answers.AsSpan(place * Labels, count * Labels),
            KeepsFeatures ? _features.AsSpan(place * _deviation.Length, count * _deviation.Length) : _features);
        (_next, _steps) = (_next + (count * _frames), _steps + count);
    }

    /// <summary>
    /// A final's answer is the one after the step that holds its last frame, however far interims have heard by then. Before the
    /// first step is whole, it is the answer to what there is of it.
    /// </summary>
    private void Answer(INetworkSteps steps, ReadOnlySpan<float> rows, in StreamFrames window, Span<float> answer, Span<float> features)
    {
        if (_steps == 0)
        {
            steps.Compute(_state, Next(rows, window, 1), share: 1, keeps: false, answer, features);
            return;
        }

        var wanted = window.IsFinal ? (window.End - _begin + _frames - 1) / _frames : _steps;
        wanted = Math.Clamp(wanted, Math.Max(1, _steps - MostAnswers + 1), _steps);
        AnswerAfter(wanted).CopyTo(answer);
        FeaturesAfter(wanted).CopyTo(features);
    }

    private ReadOnlySpan<float> Next(ReadOnlySpan<float> rows, in StreamFrames window, int steps) =>
        rows.Slice((int)(_next - window.First) * _width, steps * _frames * _width);

    private Span<float> AnswerAfter(long step) => _answers.AsSpan((int)(step % MostAnswers) * Labels, Labels);

    private Span<float> FeaturesAfter(long step) =>
        KeepsFeatures ? _features.AsSpan((int)(step % MostAnswers) * _deviation.Length, _deviation.Length) : _features;

    private void Clear()
    {
        if (!_isEmpty)
        {
            _state.Clear();
            Array.Clear(_answers);
            Array.Clear(_features);
            (_isEmpty, _steps) = (true, 0);
        }
    }
}
