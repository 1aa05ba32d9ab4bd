using System.Globalization;

namespace SernetStream.Web.Dashboard;

/// <summary>Lets one request at a time to something that costs, and not again before a pause is over.</summary>
/// <param name="what">What is asked for, to say it: <c>The doctor</c>.</param>
/// <param name="pause">How long after the end of one the next may begin.</param>
/// <param name="clock">Which clock to go by.</param>
internal sealed class Turnstile(string what, TimeSpan pause, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private long? _endedAt;
    private bool _isTaken;

    /// <summary>Answers, or says how long to wait.</summary>
    public RequestDelegate Before(RequestDelegate answer) => async context =>
    {
        if (Take() is { } wait)
        {
            var seconds = (int)Math.Ceiling(Math.Max(1, wait.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await RequestErrors.AnswerAsync(
                context.Response,
                StatusCodes.Status429TooManyRequests,
                $"{what} was asked a moment ago; ask again in {seconds} s.").ConfigureAwait(false);
            return;
        }

        try
        {
            await answer(context).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                (_isTaken, _endedAt) = (false, clock.GetTimestamp());
            }
        }
    };

    private TimeSpan? Take()
    {
        lock (_gate)
        {
            if (_isTaken)
            {
                return pause;
            }

            if (_endedAt is { } ended && clock.GetElapsedTime(ended) is var passed && passed < pause)
            {
                return pause - passed;
            }

            _isTaken = true;
            return null;
        }
    }
}
