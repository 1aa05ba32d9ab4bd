using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;

namespace SernetStream.Evaluation.Streaming;

/// <summary>
/// Plays utterances as one stream through the pipeline, as fast as it goes, and records the events; each may also be classified by
/// itself, as it was played.
/// </summary>
internal sealed class StreamingEvaluation : IEventSink, IDisposable
{
    private readonly string _name;
    private readonly EmotionModel _model;
    private readonly ModelEvaluation? _offline;
    private readonly RecordingClassifier? _classifier;
    private readonly UtteranceSource _source;
    private readonly StreamingOptions _options;
    private readonly List<PlayedUtterance> _utterances = [];
    private readonly List<StreamPrediction> _judgements = [];
    private readonly List<float[]> _raw = [];

    /// <param name="name">What the clips are called together.</param>
    /// <param name="model">What judges.</param>
    /// <param name="clips">What to play, all of labels that the model knows.</param>
    /// <param name="load">Reads a clip at <see cref="UtteranceSource.Rate"/>; null: it could not be read.</param>
    /// <param name="options">How to play them.</param>
    /// <param name="offline">Takes what each clip is by itself; null: nobody wants to know.</param>
    public StreamingEvaluation(
        string name,
        EmotionModel model,
        IReadOnlyList<LabelledClip> clips,
        Func<LabelledClip, float[]?> load,
        StreamingOptions options,
        ModelEvaluation? offline = null)
    {
        (_name, _model) = (name, model);
        _options = options;
        _offline = offline;
        _source = new UtteranceSource(clips, load, IndexOf, options, Played);
        _classifier = offline is null ? null : new RecordingClassifier(model);
    }

    /// <summary>Plays all of it.</summary>
    /// <returns>What was heard; null if no clip could be read.</returns>
    /// <exception cref="ModelException">The model cannot be streamed.</exception>
    public async Task<HeardStream?> RunAsync(CancellationToken stop)
    {
        using var detector = new SileroDetector();
        // The daemon's defaults, unless the options set others.
        var smoother = _options.Threshold is { } threshold
            ? SmootherOptions.For(_model.Card, threshold)
            : SmootherOptions.For(_model.Card, _options.Sensitivity);

        var pipeline = new PipelineOptions { Smoother = smoother, Learns = _options.Learns };
        await new PipelineHost(_source, _model, detector, pipeline, this).RunAsync(stop).ConfigureAwait(false);
        return _utterances.Count == 0 ? null : new HeardStream(_name, _model.Card, _utterances, _judgements, _raw, _source.Seconds);
    }

    /// <inheritdoc/>
    public ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        if (emotionEvent.Kind != EmotionEventKind.Change)
        {
            _raw.Add(emotionEvent.Raw.Values.ToArray());
            // Nothing runs ahead of the pipeline: the source is where the decision was made.
            _judgements.Add(new StreamPrediction(
                emotionEvent.AudioStart,
                emotionEvent.AudioEnd,
                _source.Seconds,
                emotionEvent.Kind == EmotionEventKind.Final,
                Certainty.Likeliest(emotionEvent.Raw.Values),
                emotionEvent.Emotion == EmotionLabel.Unknown ? StreamPrediction.Unknown : IndexOf(emotionEvent.Emotion))
            {
                Likeliest = Certainty.Likeliest(emotionEvent.Probabilities.Values),
            });
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _classifier?.Dispose();
        _source.Dispose();
    }

    private void Played(LabelledClip clip, ReadOnlySpan<float> samples, PlayedUtterance utterance)
    {
        _utterances.Add(utterance);
        if (_classifier is not null)
        {
            _offline?.Add(clip, _classifier.ClassifyInTurn(samples));
        }
    }

    private int IndexOf(string label) => _model.Card.Labels.Index().First(one => one.Item == label).Index;
}
