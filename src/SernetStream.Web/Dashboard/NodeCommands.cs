using System.Globalization;
using SernetStream.Pipeline.Teaching;
using SernetStream.Publishing;

namespace SernetStream.Web.Dashboard;

/// <summary>What a page may tell the node while it listens. A wrong command changes nothing, and is answered with a sentence.</summary>
internal sealed class NodeCommands(NodeView node, LiveFeed feed)
{
    public async Task MuteAsync(HttpContext context)
    {
        if ((await JsonRequest.ReadAsync(context).ConfigureAwait(false)).Switch("muted") is not { } muted)
        {
            await RefuseAsync(context, "Send {\"muted\": true} or {\"muted\": false}.").ConfigureAwait(false);
            return;
        }

        node.Controls.Muted = muted;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task SensitivityAsync(HttpContext context)
    {
        if ((await JsonRequest.ReadAsync(context).ConfigureAwait(false)).Text("sensitivity") is not { } sensitivity)
        {
            await RefuseAsync(context, "Send {\"sensitivity\": \"calm\"}, or another that the node offers.").ConfigureAwait(false);
            return;
        }

        try
        {
            node.Settable.Sensitivity = sensitivity;
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (ArgumentException error)
        {
            await RefuseAsync(context, node.Settable.Sensitivities.Count > 0
                ? $"The sensitivity cannot be set: {error.Message}."
                : $"{node.Model.Name} has no operating points, so there is no sensitivity to set.").ConfigureAwait(false);
        }
    }

    public async Task ThresholdAsync(HttpContext context)
    {
        var lowest = node.Settable.LowestEnterThreshold;
        if ((await JsonRequest.ReadAsync(context).ConfigureAwait(false)).Number("threshold") is not { } threshold || threshold < lowest || threshold > 1)
        {
            await RefuseAsync(context, string.Create(
                CultureInfo.InvariantCulture, $"Send {{\"threshold\": 0.9}}, a number of {lowest} (smoothing.leave) to 1.")).ConfigureAwait(false);
            return;
        }

        node.Settable.EnterThreshold = threshold;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Takes what people say of an utterance, by the same way as the command over MQTT.</summary>
    public async Task FeedbackAsync(HttpContext context)
    {
        var request = await JsonRequest.ReadAsync(context).ConfigureAwait(false);
        if (request.Text("word") is not { } word)
        {
            await RefuseAsync(context, "Send {\"word\": \"neutral\", \"sequence\": 12}, or {\"word\": \"undo\"}.").ConfigureAwait(false);
            return;
        }

        var (answer, refusal) = Feedback(word, request.Number("sequence"));
        await RequestErrors.AnswerAsync(
            context.Response,
            refusal is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
            Sentence(refusal ?? answer)).ConfigureAwait(false);
    }

    private (string Answer, string? Refusal) Feedback(string word, double? sequence)
    {
        if (node.Settable.Feedback is not { } feedback)
        {
            return ("", "this node learns nothing from labels; to let it, set learn: labelled or learn: keep in its configuration, and restart it");
        }

        // The node labels what it heard last; what the page shows may be long gone.
        if (word != INodeFeedback.Undo && sequence != feed.LastUtterance)
        {
            return ("", string.Create(
                CultureInfo.InvariantCulture,
                $"nothing is learnt of this utterance, for it is not the last one any more: only the last can be labelled, in the {Teacher.Recent.TotalSeconds:0} seconds after it"));
        }

        var refusal = feedback.Give(word);
        return (feedback.Answer, refusal);
    }

    private static string Sentence(string words) => $"{char.ToUpperInvariant(words[0])}{words[1..]}.";

    private static Task RefuseAsync(HttpContext context, string sentence) =>
        RequestErrors.AnswerAsync(context.Response, StatusCodes.Status400BadRequest, sentence);
}
