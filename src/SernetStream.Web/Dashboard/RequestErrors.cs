namespace SernetStream.Web.Dashboard;

/// <summary>
/// The outermost middleware: a request that cannot be read is answered with what is wrong about it, and is the client's fault,
/// not an error of this node's; so it leaves nothing in the log. A fault of ours is logged once, and answered with 500.
/// </summary>
internal static class RequestErrors
{
    /// <summary>Runs what follows.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (BadHttpRequestException error)
        {
            await AnswerAsync(context.Response, error.StatusCode, error.Message).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            await AnswerAsync(context.Response, StatusCodes.Status400BadRequest, error.Message).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            log.LogError("{Method} {Path} failed: {Error}", context.Request.Method, context.Request.Path, error.ToString());
            await AnswerAsync(context.Response, StatusCodes.Status500InternalServerError, "This should not have happened; the log says more.")
                .ConfigureAwait(false);
        }
    }

    /// <summary>Answers with a status and a sentence, unless an answer has begun.</summary>
    public static Task AnswerAsync(HttpResponse response, int status, string sentence)
    {
        if (response.HasStarted)
        {
            response.HttpContext.Abort();
            return Task.CompletedTask;
        }

        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(sentence + "\n");
    }
}
