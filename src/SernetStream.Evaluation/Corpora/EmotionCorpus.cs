namespace SernetStream.Evaluation.Corpora;

/// <summary>One recording of a corpus.</summary>
/// <param name="File">Path below the corpus folder, with forward slashes.</param>
/// <param name="Label">The emotion, in the vocabulary of the models: anger, boredom, calm, disgust, fear, …</param>
/// <param name="Speaker">Who speaks.</param>
public sealed record LabelledClip(string File, string Label, string Speaker);

/// <summary>A folder of recordings whose emotions are known.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Clips">Its recordings, in a fixed order.</param>
public sealed record EmotionCorpus(string Name, string Folder, IReadOnlyList<LabelledClip> Clips)
{
    /// <summary>The names <see cref="Read"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        LabelTable.DatasetName,
        .. CorpusLayout.Published.Select(layout => layout.Name),
        .. IemocapFolder.Names,
    ];

    /// <summary>Reads a corpus and checks that it is whole.</summary>
    /// <param name="name">
    /// One of <see cref="Names"/>. A folder with a <c>labels.csv</c> is read by it, whatever the name.
    /// </param>
    /// <param name="folder">Its folder: as published, or with a <c>labels.csv</c>.</param>
    /// <param name="notWhole">Told what is missing; the corpus is then what is there. Null: that is an error.</param>
    /// <exception cref="CorpusException">It is not known, not there, or not whole.</exception>
    public static EmotionCorpus Read(string name, string folder, Action<CorpusException>? notWhole = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Names.Contains(name))
        {
            throw new CorpusException(
                CorpusError.UnknownName, $"There is no data set '{name}'; there are {string.Join(", ", Names)}.");
        }

        if (!Directory.Exists(folder))
        {
            throw new CorpusException(CorpusError.Missing, $"There is no folder {folder}; give the one that holds the data set.");
        }

        if (File.Exists(Path.Combine(folder, LabelTable.FileName)))
        {
            return new EmotionCorpus(name == LabelTable.DatasetName ? FolderName(folder) : name, folder, LabelTable.Read(folder, notWhole));
        }

        if (name == LabelTable.DatasetName)
        {
            throw new CorpusException(
                CorpusError.Missing,
                $"{folder} holds no {LabelTable.FileName}; write one with the columns {string.Join(',', LabelTable.Columns)}, "
                + "or name the data set whose layout it has.");
        }

        var layout = CorpusLayout.Published.FirstOrDefault(layout => layout.Name == name);
        return new EmotionCorpus(name, folder, layout?.Read(folder, notWhole) ?? IemocapFolder.Read(folder, name, notWhole));
    }

    /// <summary>The same corpus, with the clips of some speakers alone.</summary>
    /// <param name="speakers">Their names; empty: everybody.</param>
    /// <exception cref="CorpusException">One of them does not speak in it.</exception>
    public EmotionCorpus Of(IReadOnlyCollection<string> speakers)
    {
        ArgumentNullException.ThrowIfNull(speakers);
        var present = Clips.Select(clip => clip.Speaker).ToHashSet(StringComparer.Ordinal);
        if (speakers.FirstOrDefault(speaker => !present.Contains(speaker)) is { } absent)
        {
            throw new CorpusException(
                CorpusError.UnknownSpeaker,
                $"There is no speaker '{absent}' in {Name}; there are {string.Join(", ", present.Order(StringComparer.Ordinal))}.");
        }

        return speakers.Count == 0 ? this : this with { Clips = [.. Clips.Where(clip => speakers.Contains(clip.Speaker))] };
    }

    /// <summary>The full path of a clip.</summary>
    public string PathOf(LabelledClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return Path.Combine(Folder, clip.File);
    }

    private static string FolderName(string folder) => new DirectoryInfo(folder).Name;
}
