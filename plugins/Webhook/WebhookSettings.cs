using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;

namespace SernetStream.Plugins.Webhook;

/// <summary>The section <c>plugins: Webhook:</c> of the configuration.</summary>
internal sealed class WebhookSettings : IValidatableObject
{
    /// <summary>Where events are posted.</summary>
    [Required(ErrorMessage = "it must say where to post events, such as http://host/path.")]
    public Uri? Url { get; set; }

    /// <summary>Which events are posted.</summary>
    public EmotionEventKind[] Kinds { get; set; } = [EmotionEventKind.Final, EmotionEventKind.Change];

    /// <summary>A file with the key that deliveries are signed with; its line end is not a part of the key.</summary>
    public string? SecretFile { get; set; }

    /// <summary>The key itself, for the environment; it goes before the file.</summary>
    public string? Secret { get; set; }

    /// <summary>
    /// The header Authorization, such as <c>Bearer …</c>. It is a secret: it comes from the environment, or from the file that
    /// <c>authorization_file</c> names.
    /// </summary>
    public string? Authorization { get; set; }

    /// <summary>Headers sent with every delivery; what is secret in them comes from the environment.</summary>
    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary>Seconds that one attempt may take.</summary>
    [Range(0.1, 10, ErrorMessage = "it must be 0.1 to 10 seconds.")]
    public double TimeLimit { get; set; } = 5;

    /// <summary>How often a delivery is tried again before it is given up.</summary>
    [Range(0, 5, ErrorMessage = "it must be 0 to 5.")]
    public int Retries { get; set; } = 4;

    /// <summary>
    /// Seconds before the first of them, up to twice as many, by chance; each later one waits twice as long, at most 10 s. It
    /// goes on so from event to event until one is delivered.
    /// </summary>
    [Range(0, 5, ErrorMessage = "it must be 0 to 5 seconds.")]
    public double RetryDelay { get; set; } = 1;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            yield return new ValidationResult($"'{Url}' is not an address such as http://host/path.", [nameof(Url)]);
        }

        using var request = new HttpRequestMessage();
        if (Authorization is { } authorization && authorization.AsSpan().ContainsAny('\r', '\n'))
        {
            yield return new ValidationResult("it must be one line.", [nameof(Authorization)]);
        }

        foreach (var (name, value) in Headers)
        {
            if (value.AsSpan().ContainsAny('\r', '\n') || !IsHeader(request.Headers, name, value))
            {
                yield return new ValidationResult($"'{name}' cannot be sent as a header.", [nameof(Headers)]);
            }
        }
    }

    private static bool IsHeader(HttpRequestHeaders headers, string name, string value) =>
        headers.TryAddWithoutValidation(name, value);
}
