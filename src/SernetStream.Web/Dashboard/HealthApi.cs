using SernetStream.Diagnosis;

namespace SernetStream.Web.Dashboard;

/// <summary>What <c>sernetd doctor</c> finds, of the node that runs: its own device and port it judges by what they do, and does not open again.</summary>
internal sealed class HealthApi(NodeView node)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Looks, and answers with the findings.</summary>
    public async Task DoctorAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Limit);
        var findings = await Task.Run(
            () => new[] { DeviceChecks.Watched(node.Source.Name, node.Microphone?.State) }.Concat(node.Doctor(limit.Token)).ToList(), limit.Token).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context.Response, json => Finding.WriteAll(json, findings)).ConfigureAwait(false);
    }
}
