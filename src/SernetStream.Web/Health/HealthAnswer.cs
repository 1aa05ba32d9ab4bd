using System.Text.Json;
using SernetStream.Publishing;

namespace SernetStream.Web.Health;

/// <summary>What <c>/health/live</c> and <c>/health/ready</c> say: 200 or 503, and why. Nothing of what was heard.</summary>
internal static class HealthAnswer
{
    public static async Task WriteAsync(HttpContext context, bool isWell, INodeCondition health)
    {
        var response = context.Response;
        response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json";
        var json = new Utf8JsonWriter(response.BodyWriter);
        await using (json.ConfigureAwait(false))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, (isWell, health.Stuck) switch
            {
                (true, _) => "ok",
                (_, null) => health.Microphone is MicrophoneState.Dead ? "no audio" : "starting",
                _ => "stuck",
            });
            if (health.Stuck is { } stuck)
            {
                json.WriteString("reason"u8, stuck);
            }

            if (health.Microphone is { } microphone)
            {
                json.WriteString("microphone"u8, microphone.Name());
            }

            if (health.IsBrokerConnected is { } connected)
            {
                json.WriteString("broker"u8, connected ? "connected" : "away");
            }

            json.WriteEndObject();
        }
    }
}
