using Microsoft.AspNetCore.Http.Features;

namespace SernetStream.Web.Dashboard;

/// <summary>Answers a browser with the stream of messages, for as long as it stays.</summary>
internal sealed class EventStream(LiveFeed feed)
{
    public async Task ServeAsync(HttpContext context)
    {
        var response = context.Response;
        if (feed.Join() is not { } client)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = "5";
            await response.WriteAsync("Too many dashboards are open; raise web.max_clients, or close some.\n").ConfigureAwait(false);
            return;
        }

        try
        {
            response.ContentType = "text/event-stream";
            response.Headers["X-Accel-Buffering"] = "no";
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            await SendAsync(client, response, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The browser has gone, or did not read for so long that the server gave it up.
        }
        finally
        {
            feed.Leave(client);
        }
    }

    private async Task SendAsync(StreamClient client, HttpResponse response, CancellationToken gone)
    {
        var body = response.BodyWriter;
        await body.WriteAsync(feed.Hello(), gone).ConfigureAwait(false);
        while (await client.Messages.WaitToReadAsync(gone).ConfigureAwait(false))
        {
            if (client.TakeMissed())
            {
                // Something was dropped, perhaps an emotion: the current state replaces it.
                await body.WriteAsync(feed.Hello(), gone).ConfigureAwait(false);
            }

            while (client.Messages.TryRead(out var message))
            {
                await body.WriteAsync(message, gone).ConfigureAwait(false);
            }
        }
    }
}
