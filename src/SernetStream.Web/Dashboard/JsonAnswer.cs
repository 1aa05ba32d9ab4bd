using System.Text.Json;

namespace SernetStream.Web.Dashboard;

/// <summary>An answer that is one JSON object.</summary>
internal static class JsonAnswer
{
    /// <summary>Answers with an object, of which the caller writes the inside.</summary>
    public static Task WriteAsync(HttpResponse response, Action<Utf8JsonWriter> write)
    {
        var body = JsonObject.ToUtf8(write);
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body).AsTask();
    }
}
