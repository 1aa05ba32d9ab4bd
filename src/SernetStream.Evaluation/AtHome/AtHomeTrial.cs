using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.AtHome;

/// <summary>One protocol in homes of some people.</summary>
/// <param name="Protocol">Its name.</param>
/// <param name="People">Speakers who share a home; 0: each clip by itself.</param>
/// <param name="Part">Which part of the streams.</param>
/// <param name="Score">How right it was.</param>
internal readonly record struct AtHomeResult(string Protocol, int People, string Part, AtHomeScore Score);

/// <summary>
/// A model judged as a house is (docs/developer/at-home.md): each clip by itself, and in homes where emotions are balanced, where one
/// lasts, and where most is neutral.
/// </summary>
/// <param name="listener">Who hears it.</param>
/// <param name="labels">The model's labels.</param>
/// <param name="clips">What can be said.</param>
internal sealed class AtHomeTrial(IHomeListener listener, IReadOnlyList<string> labels, IEnumerable<LabelledClip> clips)
{
    /// <summary>The labels that are judged.</summary>
    public static readonly IReadOnlyList<string> Judged = ["anger", "happiness", HomeStreams.Neutral, "sadness"];

    /// <summary>False emotions in a hundred ordinary utterances, at which recall is measured.</summary>
    public static readonly IReadOnlyList<double> CurveRates = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 50];

    // Utterances of a person at the begin, and at the end, of a stream in which an emotion lasts.
    private const int Ends = 10;

    private static readonly string[] Emotions = [.. Judged.Where(label => label != HomeStreams.Neutral)];
    private static readonly int[] People = [1, 2, 4];

    private readonly LabelledClip[] _clips = [.. clips.OrderBy(clip => clip.File, StringComparer.Ordinal)];
    private readonly AtHomeJudge _judge = new(labels);
    private readonly List<AtHomeResult> _results = [];
    private Dictionary<LabelledClip, Answer> _alone = [];

    /// <summary>Hears all of it.</summary>
    public async Task<IReadOnlyList<AtHomeResult>> RunAsync(CancellationToken stop)
    {
        var alone = await listener.HearAloneAsync(_clips, stop).ConfigureAwait(false);
        _alone = _clips.Zip(alone).ToDictionary(pair => pair.First, pair => pair.Second);
        Add("balanced", 0, "alone", alone, listener.ThresholdAlone);
        foreach (var people in listener.Remembers ? People : [])
        {
            await HearHomesAsync(new HomeStreams(_clips, people), people, stop).ConfigureAwait(false);
        }

        return _results;
    }

    /// <summary>Recall of the clips by themselves, where so many ordinary utterances are given an emotion.</summary>
    /// <param name="ordinary">The model's probabilities for ordinary speech; empty: there is no curve.</param>
    public IReadOnlyList<(double Rate, double Recall)> Curve(IReadOnlyList<float[]> ordinary) =>
        ordinary.Count == 0 ? [] : [.. CurveRates.Select(rate => (rate, _judge.Recall(_alone.Values, _judge.Threshold(ordinary, rate))))];

    private async Task HearHomesAsync(HomeStreams homes, int people, CancellationToken stop)
    {
        Task<IReadOnlyList<IReadOnlyList<Answer>>> HearAsync(IReadOnlyList<IReadOnlyList<LabelledClip>> said) => listener.HearAsync(said, stop);
        void AddAdapted(string protocol, string part, IEnumerable<Answer> answers) => Add(protocol, people, part, answers, listener.ThresholdAtHome);
        void AddAlone(string protocol, string part, IEnumerable<LabelledClip> said) =>
            Add(protocol, people, part, said.Select(clip => _alone[clip]), listener.ThresholdAlone);

        AddAdapted("balanced", "adapted", (await HearAsync(homes.Balanced()).ConfigureAwait(false)).SelectMany(heard => heard));
        AddAdapted("lasting", "everyClipOnce", (await HearAsync(homes.Lasting(Judged, null)).ConfigureAwait(false)).SelectMany(heard => heard));

        var lasting = homes.Lasting(Judged, HomeStreams.LastingUtterances);
        var ends = Ends * people;
        var lasted = await HearAsync(lasting).ConfigureAwait(false);
        AddAdapted("lasting", "first", lasted.SelectMany(heard => heard.Take(ends)));
        AddAdapted("lasting", "last", lasted.SelectMany(heard => heard.TakeLast(ends)));
        AddAlone("lasting", "firstAlone", lasting.SelectMany(home => home.Take(ends)));
        AddAlone("lasting", "lastAlone", lasting.SelectMany(home => home.TakeLast(ends)));

        var mostly = homes.MostlyNeutral(Emotions);
        AddAlone("mostlyNeutral", "alone", mostly.SelectMany(home => home));
        AddAdapted("mostlyNeutral", "adapted", (await HearAsync(mostly).ConfigureAwait(false)).SelectMany(heard => heard));
    }

    private void Add(string protocol, int people, string part, IEnumerable<Answer> answers, float? threshold)
    {
        var all = answers.ToList();
        if (all.Count > 0)
        {
            _results.Add(new AtHomeResult(protocol, people, part, _judge.Score(all, threshold)));
        }
    }
}
