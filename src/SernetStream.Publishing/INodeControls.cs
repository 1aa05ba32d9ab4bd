using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing;

/// <summary>
/// What can be changed about a node while it runs. Any thread may call it; a setter takes effect with the next audio.
/// </summary>
public interface INodeControls
{
    /// <summary>Whether the samples are discarded as they are captured: nobody listens.</summary>
    bool Muted { get; set; }

    /// <summary>After how long what was heard counts half, in seconds; 0..<see cref="NodeControlRange.LongestHalfLifeSeconds"/>.</summary>
    /// <exception cref="ArgumentException">Set to what does not go together with the other values; the message is for people.</exception>
    double HalfLifeSeconds { get; set; }

    /// <summary>How probable a label must be to become the emotion; <see cref="LowestEnterThreshold"/> to 1.</summary>
    /// <exception cref="ArgumentException">Set to what does not go together with the other values; the message is for people.</exception>
    double EnterThreshold { get; set; }

    /// <summary>
    /// The lowest <see cref="EnterThreshold"/> that is accepted: the threshold to leave, in whole thousandths, and at
    /// least <see cref="NodeControlRange.LowestThreshold"/>. Hubs offer no lower one.
    /// </summary>
    double LowestEnterThreshold { get; }

    /// <summary>What can be set as <see cref="Sensitivity"/>; empty for a model that nobody has measured, which has its threshold alone.</summary>
    IReadOnlyList<string> Sensitivities { get; }

    /// <summary>
    /// One of <see cref="Sensitivities"/>, each a threshold with a measured rate of false emotions; otherwise
    /// <see cref="NodeControlRange.CustomSensitivity"/>. It follows from <see cref="EnterThreshold"/>, which it sets.
    /// </summary>
    /// <exception cref="ArgumentException">Set to anything else, or below <see cref="LowestEnterThreshold"/>; the message is for people.</exception>
    string Sensitivity { get; set; }

    /// <summary>From which level on is logged; one of <see cref="NodeControlRange.LogLevels"/>.</summary>
    LogLevel LogLevel { get; set; }

    /// <summary>Takes what people say of the last utterance; null: nothing is learnt of it.</summary>
    INodeFeedback? Feedback { get; }

    /// <summary>One of these values has changed, whoever changed it. Raised on any thread.</summary>
    event EventHandler? Changed;
}

/// <summary>Takes what people say of the last utterance. Any thread may call it.</summary>
public interface INodeFeedback
{
    /// <summary>The word that takes the last label back.</summary>
    const string Undo = "undo";

    /// <summary>What an utterance can be said to have been.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>What came of the last word, in a sentence.</summary>
    string Answer { get; }

    /// <summary>Takes a label of the last utterance, or <see cref="Undo"/>.</summary>
    /// <returns>Why nothing was learnt, in a sentence; null: it was.</returns>
    string? Give(string word);
}

/// <summary>What the values of <see cref="INodeControls"/> can be.</summary>
public static class NodeControlRange
{
    /// <summary>The longest half-life, in seconds; the shortest is 0.</summary>
    public const double LongestHalfLifeSeconds = 600;

    /// <summary>The lowest threshold that can be told from 0; the highest is 1.</summary>
    public const double LowestThreshold = 0.01;

    /// <summary>The sensitivity of a threshold that was set by hand.</summary>
    public const string CustomSensitivity = "custom";

    /// <summary>The levels of the log that can be chosen.</summary>
    public static IReadOnlyList<LogLevel> LogLevels { get; } =
        [LogLevel.Error, LogLevel.Warning, LogLevel.Information, LogLevel.Debug];
}
