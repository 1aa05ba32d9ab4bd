using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;

namespace SernetStream.Evaluation.AtHome;

/// <summary>
/// The whole pipeline, as the daemon runs it: each home is a stream with pauses, and what counts is the final event of an utterance. An
/// emotion is recognised if that names it, so the threshold is the daemon's.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="samples">The clips that could be read, at <see cref="UtteranceSource.Rate"/>.</param>
/// <param name="options">How a home is played.</param>
internal sealed class PipelineListener(EmotionModel model, IReadOnlyDictionary<LabelledClip, float[]> samples, StreamingOptions options)
    : IHomeListener
{
    // Longer than the silence after which the daemon has forgotten what was felt.
    private static readonly (double, double) LongPause = (9, 12);

    private readonly AtHomeJudge _judge = new(model.Card.Labels);

    /// <inheritdoc/>
    public bool Remembers => true;

    /// <inheritdoc/>
    public float? ThresholdAlone => 0;

    /// <inheritdoc/>
    public float? ThresholdAtHome => 0;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Answer>> HearAloneAsync(IReadOnlyList<LabelledClip> clips, CancellationToken stop) =>
        PlayAsync(clips, options with { Pause = LongPause, Learns = false, InOrder = true }, stop);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<Answer>>> HearAsync(
        IReadOnlyList<IReadOnlyList<LabelledClip>> homes, CancellationToken stop)
    {
        var heard = new IReadOnlyList<Answer>[homes.Count];
        await Parallel.ForAsync(0, homes.Count, stop, async (place, stopped) =>
            heard[place] = await PlayAsync(homes[place], options with { InOrder = true }, stopped).ConfigureAwait(false)).ConfigureAwait(false);
        return heard;
    }

    private async Task<IReadOnlyList<Answer>> PlayAsync(IReadOnlyList<LabelledClip> clips, StreamingOptions how, CancellationToken stop)
    {
        // Noise and level are put on what is played, so it is a copy.
        using var playing = new StreamingEvaluation("a home", model, clips, clip => [.. samples[clip]], how);
        var heard = await playing.RunAsync(stop).ConfigureAwait(false);
        return heard is null ? [] : [.. heard.Score.JudgedBy.Zip(clips, (final, clip) => AnswerOf(clip, final))];
    }

    private Answer AnswerOf(LabelledClip clip, StreamPrediction? final) => final is { } judged
        ? new Answer(_judge.IndexOf(clip.Label), judged.Likeliest, judged.Said, 1)
        : Answer.Missed(_judge.IndexOf(clip.Label));
}
