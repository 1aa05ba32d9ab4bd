using System.Text.Json;

namespace SernetStream.Web.Dashboard;

/// <summary>The JSON object that a command comes as. What is not there, or of another kind, is null: the command says what to send.</summary>
internal readonly struct JsonRequest
{
    private readonly JsonElement? _object;

    private JsonRequest(JsonElement? value) => _object = value;

    /// <summary>Reads the body of a request.</summary>
    public static async Task<JsonRequest> ReadAsync(HttpContext context)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body).ConfigureAwait(false);
            return new JsonRequest(body.RootElement.ValueKind == JsonValueKind.Object ? body.RootElement.Clone() : null);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>A text.</summary>
    public string? Text(string name) => Property(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A switch.</summary>
    public bool? Switch(string name) => Property(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;

    /// <summary>A number.</summary>
    public double? Number(string name) =>
        Property(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number : null;

    private JsonElement? Property(string name) => _object is { } all && all.TryGetProperty(name, out var value) ? value : null;
}
