namespace SernetStream.Models.Streaming;

/// <summary>
/// Which frames of a stream the rows of a window are, for a network that hears each frame once. Behind the rows that are judged lie as
/// many more as a step has: the frames that follow, or frames of silence where there are none yet.
/// </summary>
/// <param name="Piece">Names the piece of the stream, as an utterance: what was heard of another does not count.</param>
/// <param name="First">The number of the frame in the first row, from any beginning that all windows of a piece share.</param>
/// <param name="Count">Rows that are judged.</param>
/// <param name="IsFinal">Whether the piece is over, and is judged to its last frame; otherwise to the last whole step.</param>
/// <param name="Forgets">Whether what is longer ago counts less, because the piece has no end.</param>
public readonly record struct StreamFrames(long Piece, long First, int Count, bool IsFinal, bool Forgets)
{
    /// <summary>One past the last row that is judged.</summary>
    internal long End => First + Count;
}
