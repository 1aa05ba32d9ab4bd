using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace SernetStream.Plugins.Webhook;

/// <summary>
/// Delivers events to one address. A fault that may pass is tried again with the same delivery id, so that the receiver
/// can tell a repetition: no answer, 408, 429 and 5xx. Any other answer but 2xx is final.
/// </summary>
internal sealed class Delivery : IDisposable
{
    /// <summary>Header with <c>node-sequence-time</c>: the same for all attempts of one event.</summary>
    public const string IdHeader = "X-Sernet-Delivery";

    /// <summary>Header with the Unix time in seconds at which the attempt was made.</summary>
    public const string TimestampHeader = "X-Sernet-Timestamp";

    /// <summary>
    /// Header with <c>sha256=</c> and the hexadecimal HMAC-SHA256 of the timestamp, a full stop and the body. The
    /// timestamp is in it so that an old delivery cannot be played again.
    /// </summary>
    public const string SignatureHeader = "X-Sernet-Signature";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly WebhookSettings _settings;
    private readonly byte[]? _secret;
    private readonly TimeProvider _clock;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private readonly ResiliencePipeline<HttpStatusCode> _attempts;

    // Goes on from one event to the next: a receiver that fails is not asked more often because much happens here.
    private readonly BackOff? _backOff;

    public Delivery(WebhookSettings settings, byte[]? secret, TimeProvider clock)
    {
        _settings = settings;
        _secret = secret;
        _clock = clock;
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("sernetd-webhook");
        if (settings is { Retries: > 0, RetryDelay: > 0 })
        {
            _backOff = new BackOff(TimeSpan.FromSeconds(settings.RetryDelay), LongestWait);
        }

        _attempts = Attempts(settings, _backOff, clock);
    }

    /// <summary>Posts an event; returns what went wrong in the end, or null.</summary>
    public async Task<string?> PostAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        var body = EmotionEventJson.ToUtf8(emotionEvent);
        var id = string.Create(
            CultureInfo.InvariantCulture,
            $"{Uri.EscapeDataString(emotionEvent.Node)}-{emotionEvent.Sequence}-{emotionEvent.Time.ToUnixTimeMilliseconds()}");
        try
        {
            var status = await _attempts.ExecuteAsync(
                async token => await AttemptAsync(body, id, token), cancellationToken);
            if ((int)status is < 200 or >= 300)
            {
                return $"it answered {(int)status}";
            }

            _backOff?.Reset();
            return null;
        }
        catch (Exception error) when (error is HttpRequestException or TimeoutRejectedException)
        {
            return error is TimeoutRejectedException
                ? string.Create(CultureInfo.InvariantCulture, $"it did not answer within {_settings.TimeLimit} s")
                : error.Message;
        }
    }

    public void Dispose() => _client.Dispose();

    [UnconditionalSuppressMessage(
        "AOT",
        "IL3050",
        Justification = "Polly keeps every member of its enumeration of back-offs, Enum.GetValues(Type) among them, and calls none of these.")]
    private static ResiliencePipeline<HttpStatusCode> Attempts(WebhookSettings settings, BackOff? backOff, TimeProvider clock)
    {
        var attempts = new ResiliencePipelineBuilder<HttpStatusCode> { TimeProvider = clock };
        if (settings.Retries > 0)
        {
            attempts.AddRetry(Retries(settings.Retries, backOff));
        }

        return attempts.AddTimeout(TimeSpan.FromSeconds(settings.TimeLimit)).Build();
    }

    private static RetryStrategyOptions<HttpStatusCode> Retries(int count, BackOff? backOff) => new()
    {
        MaxRetryAttempts = count,
        DelayGenerator = _ => ValueTask.FromResult<TimeSpan?>(backOff?.Next() ?? TimeSpan.Zero),
        ShouldHandle = new PredicateBuilder<HttpStatusCode>()
            .Handle<HttpRequestException>()
            .Handle<TimeoutRejectedException>()
            .HandleResult(status =>
                status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500),
    };

    private async Task<HttpStatusCode> AttemptAsync(byte[] body, string id, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _settings.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        foreach (var (name, value) in _settings.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (_settings.Authorization is { Length: > 0 } authorization)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add(IdHeader, id);
        request.Headers.Add(TimestampHeader, timestamp);
        if (_secret is not null)
        {
            byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp + "."), .. body];
            request.Headers.Add(SignatureHeader, "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(_secret, signed)));
        }

        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.StatusCode;
    }
}
