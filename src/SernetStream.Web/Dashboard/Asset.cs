using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace SernetStream.Web.Dashboard;

/// <summary>A file of the page, which is part of this assembly.</summary>
internal sealed class Asset
{
    private readonly byte[] _bytes;
    private readonly string _tag;
    private readonly string _type;

    private Asset(string name, byte[] bytes)
    {
        _bytes = bytes;
        _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"";
        _type = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".png" => "image/png",
            ".svg" => "image/svg+xml",
            ".webmanifest" => "application/manifest+json",
            var other => throw new InvalidOperationException($"The type of {other} is not known."),
        };
    }

    /// <summary>Every file, by its path on the server.</summary>
    public static IReadOnlyDictionary<string, Asset> All { get; } = Load();

    /// <summary>Answers with it, or says that the browser's copy is still right.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ETag = _tag;
        response.Headers[HeaderNames.CacheControl] = "no-cache";
        if (request.Headers.IfNoneMatch == _tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = _type;
        response.ContentLength = _bytes.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(_bytes).AsTask();
    }

    private static Dictionary<string, Asset> Load()
    {
        const string Prefix = "web/";
        var here = typeof(Asset).Assembly;
        var assets = new Dictionary<string, Asset>(StringComparer.Ordinal);
        foreach (var name in here.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = here.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            assets["/" + name[Prefix.Length..]] = new Asset(name, bytes);
        }

        return assets;
    }
}
