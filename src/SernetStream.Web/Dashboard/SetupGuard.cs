using System.Net;
using SernetStream.Configuration;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// Who may look for faults, try a broker and choose a device: whoever shows the token, and where there is none, a browser on
/// this machine that speaks to it directly. A proxy in front of a dashboard without a token opens none of this to others.
/// </summary>
internal sealed class SetupGuard(WebOptions options)
{
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    /// <summary>Lets a request through to its answer, or refuses it with a sentence.</summary>
    public RequestDelegate Behind(RequestDelegate answer) => context => MayPass(context)
        ? answer(context)
        : RequestErrors.AnswerAsync(
            context.Response,
            StatusCodes.Status403Forbidden,
            "Without a token, setup works only in a browser on this machine, at http://127.0.0.1 or http://localhost. Set web.token_file to use it from elsewhere.");

    private bool MayPass(HttpContext context) =>
        options.Token is not null
        || (options.Listen.IsLoopback
            && context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            && IsLoopback(context.Request.Host.Host)
            && !Array.Exists(ProxyHeaders, context.Request.Headers.ContainsKey));

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
