using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.AtHome;

/// <summary>Hears what is said in homes.</summary>
internal interface IHomeListener
{
    /// <summary>Whether an answer can depend on what was said before in its home.</summary>
    bool Remembers { get; }

    /// <summary>What an emotion must reach where each utterance is heard by itself; null: nobody knows.</summary>
    float? ThresholdAlone { get; }

    /// <summary>The same in homes.</summary>
    float? ThresholdAtHome { get; }

    /// <summary>Hears each utterance by itself.</summary>
    /// <param name="clips">The utterances.</param>
    /// <param name="stop">Ends it early.</param>
    Task<IReadOnlyList<Answer>> HearAloneAsync(IReadOnlyList<LabelledClip> clips, CancellationToken stop);

    /// <summary>Hears homes, each from its first utterance on, before which nothing was heard.</summary>
    /// <param name="homes">What is said in each, in its order.</param>
    /// <param name="stop">Ends it early.</param>
    Task<IReadOnlyList<IReadOnlyList<Answer>>> HearAsync(IReadOnlyList<IReadOnlyList<LabelledClip>> homes, CancellationToken stop);
}
