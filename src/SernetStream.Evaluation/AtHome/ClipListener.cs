using SernetStream.Evaluation.Corpora;
using SernetStream.Models;

namespace SernetStream.Evaluation.AtHome;

/// <summary>A model that is given clips one by one. Its thresholds leave 5 false emotions in a hundred ordinary utterances.</summary>
internal sealed class ClipListener : IHomeListener
{
    private const double FalseEmotions = 5;

    private readonly EmotionModel _model;
    private readonly IReadOnlyDictionary<LabelledClip, float[]> _samples;
    private readonly AtHomeJudge _judge;

    /// <param name="model">The model.</param>
    /// <param name="samples">The clips that could be read.</param>
    /// <param name="ordinary">Ordinary speech; empty: none, and so no threshold.</param>
    /// <param name="stop">Ends it early.</param>
    public ClipListener(
        EmotionModel model, IReadOnlyDictionary<LabelledClip, float[]> samples, IReadOnlyList<float[]> ordinary, CancellationToken stop)
    {
        (_model, _samples, _judge) = (model, samples, new AtHomeJudge(model.Card.Labels));
        OrdinaryAlone = [.. Hear([.. ordinary.Select(one => new[] { one })], stop).Select(heard => heard[0])];
        if (ordinary.Count > 0)
        {
            ThresholdAlone = _judge.Threshold(OrdinaryAlone, FalseEmotions);
            ThresholdAtHome = Remembers ? _judge.Threshold(Hear([Shuffled(ordinary)], stop)[0], FalseEmotions) : ThresholdAlone;
        }
    }

    /// <summary>The model's probabilities for each ordinary utterance by itself.</summary>
    public IReadOnlyList<float[]> OrdinaryAlone { get; }

    /// <inheritdoc/>
    public bool Remembers => _model.Card.Adaptation is not null;

    /// <inheritdoc/>
    public float? ThresholdAlone { get; }

    /// <inheritdoc/>
    public float? ThresholdAtHome { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Answer>> HearAloneAsync(IReadOnlyList<LabelledClip> clips, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Answer>>([.. Answers([.. clips.Select(clip => new[] { clip })], stop).Select(heard => heard[0])]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IReadOnlyList<Answer>>> HearAsync(IReadOnlyList<IReadOnlyList<LabelledClip>> homes, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<IReadOnlyList<Answer>>>(Answers(homes, stop));

    private static float[][] Shuffled(IReadOnlyList<float[]> ordinary)
    {
        var order = ordinary.ToArray();
        new Random(1).Shuffle(order);
        return order;
    }

    private List<Answer[]> Answers(IReadOnlyList<IReadOnlyList<LabelledClip>> homes, CancellationToken stop) =>
    [
        .. Hear([.. homes.Select(home => home.Select(clip => _samples[clip]).ToArray())], stop)
            .Zip(homes, (heard, home) => heard.Zip(home, (said, clip) => _judge.AnswerOf(clip.Label, said)).ToArray()),
    ];

    /// <summary>The probabilities for each utterance of each stream; streams side by side.</summary>
    private float[][][] Hear(float[][][] streams, CancellationToken stop)
    {
        var heard = new float[streams.Length][][];
        Parallel.For(
            0,
            streams.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop },
            () => new RecordingClassifier(_model),
            (place, _, classifier) =>
            {
                classifier.Reset();
                heard[place] = [.. streams[place].Select(one => classifier.ClassifyInTurn(one).ToArray())];
                return classifier;
            },
            classifier => classifier.Dispose());
        return heard;
    }
}
