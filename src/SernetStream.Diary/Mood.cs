namespace SernetStream.Diary;

/// <summary>A stretch of time in which the mood stayed the same.</summary>
/// <param name="Emotion">The mood; never <see cref="EmotionLabel.None"/>.</param>
/// <param name="Start">When it began, by the clock on the wall there.</param>
/// <param name="Length">How long it lasted, by the clock of the stream.</param>
internal readonly record struct Mood(string Emotion, DateTimeOffset Start, TimeSpan Length)
{
    /// <summary>
    /// The moods between entries. An entry says what the mood is from its end on; the next one of its run ends that. How
    /// long it lasted is told by the stream, whose clock never jumps: where the wall's does, a mood lies elsewhere on the
    /// day, but is no longer or shorter. After the last entry of a run nobody knows.
    /// </summary>
    /// <param name="entries">In the order in which they were written.</param>
    public static IEnumerable<Mood> Between(IEnumerable<DiaryEntry> entries)
    {
        DiaryEntry? last = null;
        foreach (var entry in entries)
        {
            if (last is not null && last.Run == entry.Run && last.Emotion != EmotionLabel.None && entry.AudioEnd > last.AudioEnd)
            {
                yield return new Mood(last.Emotion, last.Time, TimeSpan.FromSeconds(entry.AudioEnd - last.AudioEnd));
            }

            last = entry;
        }
    }
}
