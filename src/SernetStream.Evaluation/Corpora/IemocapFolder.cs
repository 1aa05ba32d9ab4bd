using System.Text.RegularExpressions;

namespace SernetStream.Evaluation.Corpora;

/// <summary>
/// IEMOCAP (Busso et al. 2008) as its authors give it out: five sessions of two speakers. Four classes, as in most
/// reports: anger, happiness with excitement, neutral, sadness; turns with other labels are left out.
/// </summary>
internal static partial class IemocapFolder
{
    private const string All = "iemocap";
    private const string Improvised = "iemocap-improvised";
    private const string Scripted = "iemocap-scripted";

    private static readonly Dictionary<string, string> Labels = new()
    {
        ["ang"] = "anger",
        ["hap"] = "happiness",
        ["exc"] = "happiness",
        ["neu"] = "neutral",
        ["sad"] = "sadness",
    };

    public static IReadOnlyList<string> Names { get; } = [All, Improvised, Scripted];

    /// <exception cref="CorpusException">A session, or the audio of a turn, is missing.</exception>
    public static IReadOnlyList<LabelledClip> Read(string folder, string name, Action<CorpusException>? notWhole)
    {
        var clips = Enumerable.Range(1, 5).SelectMany(session => Session(folder, $"Session{session}", name)).ToList();
        var absent = clips.Where(clip => !File.Exists(Path.Combine(folder, clip.File))).ToList();
        if (absent.Count > 0)
        {
            new CorpusException(
                CorpusError.Incomplete,
                $"{absent.Count} of the {clips.Count} turns listed in {folder} have no audio, the first is {absent[0].File}; "
                + "copy the data set again.").TellOrThrow(notWhole);
        }

        return [.. clips.Except(absent)];
    }

    private static IEnumerable<LabelledClip> Session(string folder, string session, string name)
    {
        var evaluation = Path.Combine(folder, session, "dialog", "EmoEvaluation");
        var files = Directory.Exists(evaluation) ? Directory.GetFiles(evaluation, "Ses*.txt") : [];
        if (files.Length == 0)
        {
            throw new CorpusException(
                CorpusError.Incomplete,
                $"{folder} has no {session}/dialog/EmoEvaluation/Ses*.txt of IEMOCAP; copy all five sessions again.");
        }

        return files.Order(StringComparer.Ordinal)
            .SelectMany(file => Turn().Matches(File.ReadAllText(file)))
            .Where(turn => Labels.ContainsKey(turn.Groups["label"].Value) && IsWanted(turn, name))
            .Select(turn => ClipOf(session, turn));
    }

    private static bool IsWanted(Match turn, string name) =>
        name == All || (name == Improvised) == turn.Groups["dialog"].Value.StartsWith("impro", StringComparison.Ordinal);

    private static LabelledClip ClipOf(string session, Match turn)
    {
        var groups = turn.Groups;
        return new LabelledClip(
            $"{session}/sentences/wav/{groups["session"]}_{groups["dialog"]}/{groups["turn"]}.wav",
            Labels[groups["label"].Value],
            groups["session"].Value[..5] + groups["sex"].Value);
    }

    [GeneratedRegex(
        @"^\[[\d. -]+\]\s+(?<turn>(?<session>Ses\d\d[FM])_(?<dialog>\w+)_(?<sex>[FM])\d+)\s+(?<label>[a-z]+)\s",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Turn();
}
