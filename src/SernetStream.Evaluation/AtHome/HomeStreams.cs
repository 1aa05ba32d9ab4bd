using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.AtHome;

/// <summary>
/// What is said in homes, as streams of clips: how much of it has an emotion, and how long one lasts
/// (<c>training/sernet/athome/streams.py</c>, with another random generator). The seed is always the same.
/// </summary>
internal sealed class HomeStreams
{
    /// <summary>Utterances of each person of a home where an emotion lasts.</summary>
    public const int LastingUtterances = 50;

    /// <summary>Utterances of each person where most is neutral.</summary>
    public const int MostlyNeutralUtterances = 200;

    /// <summary>The label that is no emotion.</summary>
    public const string Neutral = "neutral";

    // Mean lengths of runs: 85 % of the utterances are neutral.
    private const double NeutralRun = 17;
    private const double EmotionRun = 3;
    private const int Seed = 1;

    private readonly IReadOnlyList<Home> _homes;
    private readonly ILookup<(string Speaker, string Label), LabelledClip> _clips;

    /// <param name="clips">What can be said.</param>
    /// <param name="people">Speakers who share a home.</param>
    public HomeStreams(IReadOnlyList<LabelledClip> clips, int people)
    {
        _homes = Home.Of(clips, people);
        _clips = clips.ToLookup(clip => (clip.Speaker, clip.Label));
    }

    /// <summary>Every clip once, in random order.</summary>
    public IReadOnlyList<IReadOnlyList<LabelledClip>> Balanced() => [.. _homes.Select(home => home.Clips)];

    /// <summary>Each person in one emotion from the first utterance to the last; a stream for each turn of the labels.</summary>
    /// <param name="labels">The labels, neutral among them.</param>
    /// <param name="each">Utterances of a person, whose clips come again when they are used up; null: every clip once.</param>
    public IReadOnlyList<IReadOnlyList<LabelledClip>> Lasting(IReadOnlyList<string> labels, int? each)
    {
        var draw = new Random(Seed);
        return
        [
            .. _homes.SelectMany(home => Enumerable.Range(0, labels.Count).Select(turn => People(home)
                    .Select((speaker, place) => _clips[(speaker, labels[(place + turn) % labels.Count])].ToArray())
                    .Where(clips => clips.Length > 0)
                    .Select(clips => AgainAndAgain(clips, draw).Take(each ?? clips.Length).ToList())
                    .ToList()))
                .Where(parts => parts.Count > 0)
                .Select(parts => Mingled(parts, draw)),
        ];
    }

    /// <summary>Each person neutral most of the time, and now and then in an emotion for some utterances.</summary>
    /// <param name="emotions">The labels without neutral.</param>
    public IReadOnlyList<IReadOnlyList<LabelledClip>> MostlyNeutral(IReadOnlyList<string> emotions)
    {
        var draw = new Random(Seed);
        return
        [
            .. _homes.Select(home => People(home).Select(speaker => Days(speaker, emotions, draw)).Where(days => days.Count > 0).ToList())
                .Where(parts => parts.Count > 0)
                .Select(parts => Mingled(parts, draw)),
        ];
    }

    private static IEnumerable<string> People(Home home) =>
        home.Clips.Select(clip => clip.Speaker).Distinct().Order(StringComparer.Ordinal);

    private List<LabelledClip> Days(string speaker, IReadOnlyList<string> emotions, Random draw)
    {
        var known = emotions.Where(emotion => _clips[(speaker, emotion)].Any()).ToList();
        var days = new List<LabelledClip>();
        if (known.Count == 0 || !_clips[(speaker, Neutral)].Any())
        {
            return days;
        }

        var endless = known.Append(Neutral).ToDictionary(
            label => label, label => AgainAndAgain([.. _clips[(speaker, label)]], draw).GetEnumerator());
        for (var label = Neutral; days.Count < MostlyNeutralUtterances; label = label == Neutral ? known[draw.Next(known.Count)] : Neutral)
        {
            var run = Math.Min(MostlyNeutralUtterances - days.Count, Geometric(label == Neutral ? NeutralRun : EmotionRun, draw));
            for (var i = 0; i < run; i++)
            {
                endless[label].MoveNext();
                days.Add(endless[label].Current);
            }
        }

        return days;
    }

    /// <summary>How many tries it takes until one succeeds, of a mean.</summary>
    private static int Geometric(double mean, Random draw) =>
        1 + (int)Math.Floor(Math.Log(1 - draw.NextDouble()) / Math.Log(1 - (1 / mean)));

    /// <summary>The clips in random order, then again in another one, for ever.</summary>
    private static IEnumerable<LabelledClip> AgainAndAgain(LabelledClip[] clips, Random draw)
    {
        while (true)
        {
            draw.Shuffle(clips);
            foreach (var clip in clips.ToArray())
            {
                yield return clip;
            }
        }
    }

    /// <summary>Several people's utterances as one stream: whose turn it is is drawn, what each says keeps its order.</summary>
    private static List<LabelledClip> Mingled(List<List<LabelledClip>> parts, Random draw)
    {
        var turns = parts.SelectMany((part, place) => Enumerable.Repeat(place, part.Count)).ToArray();
        draw.Shuffle(turns);
        var next = new int[parts.Count];
        return [.. turns.Select(place => parts[place][next[place]++])];
    }
}
