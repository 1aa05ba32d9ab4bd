using SernetStream.Evaluation.Corpora;
using SernetStream.Models;

namespace SernetStream.Evaluation.AtHome;

/// <summary>One protocol in homes of some people.</summary>
/// <param name="Protocol">Its name.</param>
/// <param name="People">Speakers who share a home; 0: each clip by itself.</param>
/// <param name="Part">Which part of the streams.</param>
/// <param name="Score">How right it was.</param>
internal readonly record struct AtHomeResult(string Protocol, int People, string Part, AtHomeScore Score);

/// <summary>
/// A model judged as a house is (docs/developer/at-home.md): each clip by itself, and in homes in which the model learns, where
/// emotions are balanced, where one lasts, and where most is neutral.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="samples">The clips that could be read.</param>
/// <param name="ordinary">Ordinary speech; empty: none, and so no threshold.</param>
internal sealed class AtHomeTrial(EmotionModel model, IReadOnlyDictionary<LabelledClip, float[]> samples, IReadOnlyList<float[]> ordinary)
{
    /// <summary>The labels that are judged.</summary>
    public static readonly IReadOnlyList<string> Judged = ["anger", "happiness", HomeStreams.Neutral, "sadness"];

    /// <summary>False emotions in a hundred ordinary utterances, at which recall is measured.</summary>
    public static readonly IReadOnlyList<double> CurveRates = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 50];

    // Utterances of a person at the begin, and at the end, of a stream in which an emotion lasts.
    private const int Ends = 10;

    private static readonly string[] Emotions = [.. Judged.Where(label => label != HomeStreams.Neutral)];
    private static readonly int[] People = [1, 2, 4];

    private readonly AtHomeJudge _judge = new(model.Card.Labels);
    private readonly List<AtHomeResult> _results = [];

    /// <summary>Recall by false emotions in a hundred; empty without ordinary speech.</summary>
    public IReadOnlyList<(double Rate, double Recall)> Curve { get; private set; } = [];

    /// <summary>Hears all of it.</summary>
    public IReadOnlyList<AtHomeResult> Run(CancellationToken stop)
    {
        var clips = samples.Keys.OrderBy(clip => clip.File, StringComparer.Ordinal).ToList();
        var alone = clips.Zip(Hear([.. clips.Select(clip => new[] { samples[clip] })], stop))
            .ToDictionary(pair => pair.First, pair => pair.Second[0]);
        var ordinaryAlone = Hear([.. ordinary.Select(one => new[] { one })], stop).ConvertAll(heard => heard[0]);
        float? threshold = ordinary.Count == 0 ? null : _judge.Threshold(ordinaryAlone, 5);
        Answer Alone(LabelledClip clip) => new(IndexOf(clip), alone[clip]);

        Curve = ordinary.Count == 0 ? [] : [.. CurveRates.Select(rate => (rate, _judge.Recall(clips.Select(Alone), _judge.Threshold(ordinaryAlone, rate))))];
        Add("balanced", 0, "alone", clips.Select(Alone), threshold);
        if (model.Card.Adaptation is null)
        {
            return _results;
        }

        var order = ordinary.ToArray();
        new Random(1).Shuffle(order);
        float? adaptedThreshold = ordinary.Count == 0 ? null : _judge.Threshold(Hear([order], stop)[0], 5);
        foreach (var people in People)
        {
            var streams = new HomeStreams(clips, people);
            Add("balanced", people, "adapted", Adapted(streams.Balanced()).SelectMany(heard => heard), adaptedThreshold);
            Add("lasting", people, "everyClipOnce", Adapted(streams.Lasting(Judged, null)).SelectMany(heard => heard), adaptedThreshold);
            var lasting = streams.Lasting(Judged, HomeStreams.LastingUtterances);
            var ends = Ends * people;
            var said = Adapted(lasting);
            Add("lasting", people, "first", said.SelectMany(heard => heard.Take(ends)), adaptedThreshold);
            Add("lasting", people, "last", said.SelectMany(heard => heard.TakeLast(ends)), adaptedThreshold);
            Add("lasting", people, "firstAlone", lasting.SelectMany(stream => stream.Take(ends)).Select(Alone), threshold);
            Add("lasting", people, "lastAlone", lasting.SelectMany(stream => stream.TakeLast(ends)).Select(Alone), threshold);
            var mostly = streams.MostlyNeutral(Emotions);
            Add("mostlyNeutral", people, "alone", mostly.SelectMany(stream => stream).Select(Alone), threshold);
            Add("mostlyNeutral", people, "adapted", Adapted(mostly).SelectMany(heard => heard), adaptedThreshold);
        }

        return _results;

        List<List<Answer>> Adapted(IReadOnlyList<IReadOnlyList<LabelledClip>> streams) =>
        [
            .. Hear([.. streams.Select(stream => stream.Select(clip => samples[clip]).ToArray())], stop)
                .Zip(streams, (heard, stream) => heard.Zip(stream, (said, clip) => new Answer(IndexOf(clip), said)).ToList()),
        ];
    }

    private void Add(string protocol, int people, string part, IEnumerable<Answer> answers, float? threshold)
    {
        var all = answers.ToList();
        if (all.Count > 0)
        {
            _results.Add(new AtHomeResult(protocol, people, part, _judge.Score(all, threshold)));
        }
    }

    private int IndexOf(LabelledClip clip) => model.Card.Labels.Index().First(label => label.Item == clip.Label).Index;

    /// <summary>Each stream from its first utterance on, before which nothing was heard; streams side by side.</summary>
    private List<float[][]> Hear(float[][][] streams, CancellationToken stop)
    {
        var heard = new float[streams.Length][][];
        Parallel.For(
            0,
            streams.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop },
            () => new RecordingClassifier(model),
            (place, _, classifier) =>
            {
                classifier.Reset();
                heard[place] = [.. streams[place].Select(one => classifier.ClassifyInTurn(one).ToArray())];
                return classifier;
            },
            classifier => classifier.Dispose());
        return [.. heard];
    }
}
