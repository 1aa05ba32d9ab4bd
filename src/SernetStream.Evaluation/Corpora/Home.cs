namespace SernetStream.Evaluation.Corpora;

/// <summary>
/// A microphone and the people who speak there. A model that learns a baseline hears their clips one after the other.
/// </summary>
/// <param name="Clips">What they say, in the order in which it is heard.</param>
public sealed record Home(IReadOnlyList<LabelledClip> Clips)
{
    private const int Seed = 1;

    /// <summary>
    /// Puts the speakers of a data set into homes at random, and their clips into a random order; the result is always
    /// the same. Those left over at the end join the last home.
    /// </summary>
    /// <param name="clips">The clips of all speakers.</param>
    /// <param name="people">Speakers who share a home; at least 1.</param>
    public static IReadOnlyList<Home> Of(IEnumerable<LabelledClip> clips, int people)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(people, 1);
        var draw = new Random(Seed);
        var speakers = clips.GroupBy(clip => clip.Speaker).OrderBy(speaker => speaker.Key, StringComparer.Ordinal).ToArray();
        draw.Shuffle(speakers);
        var groups = speakers.Chunk(people).ToList();
        if (groups.Count > 1 && groups[^1].Length < people)
        {
            groups[^2] = [.. groups[^2], .. groups[^1]];
            groups.RemoveAt(groups.Count - 1);
        }

        return [.. groups.Select(group =>
        {
            var heard = group.SelectMany(speaker => speaker).ToArray();
            draw.Shuffle(heard);
            return new Home(heard);
        })];
    }
}
