namespace SernetStream.Evaluation.Corpora;

/// <summary>The kinds of fault of a corpus.</summary>
public enum CorpusError
{
    /// <summary>There is no corpus of that name. Another name helps.</summary>
    UnknownName,

    /// <summary>Nobody of that name speaks in it. Another name helps.</summary>
    UnknownSpeaker,

    /// <summary>There is no such folder, or it holds nothing of the corpus.</summary>
    Missing,

    /// <summary>Speakers or clips are not there. Copy it again.</summary>
    Incomplete,

    /// <summary>Its table of labels cannot be read as one.</summary>
    BadTable,
}

/// <summary>A corpus cannot be used. The message is a sentence that says why and what to do.</summary>
public sealed class CorpusException : Exception
{
    /// <inheritdoc cref="CorpusException"/>
    public CorpusException(CorpusError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>What is the matter.</summary>
    public CorpusError Error { get; }

    /// <summary>Reports missing files to a caller that can go on without them; otherwise throws.</summary>
    internal void TellOrThrow(Action<CorpusException>? somebody)
    {
        if (somebody is null)
        {
            throw this;
        }

        somebody(this);
    }
}
