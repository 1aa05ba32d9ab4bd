namespace SernetStream.Web.Dashboard;

/// <summary>The pages of the dashboard, and the way back to one of them over the sign-in page.</summary>
internal static class Pages
{
    private const string Wall = "/?view=wall";
    private const string WantedKey = "to";

    private static readonly Dictionary<string, Asset> Assets = new(StringComparer.Ordinal)
    {
        ["/"] = Asset.All["/index.html"],
        ["/history"] = Asset.All["/history.html"],
        ["/setup"] = Asset.All["/setup.html"],
    };

    /// <summary>Their paths.</summary>
    public static IReadOnlyCollection<string> Paths => Assets.Keys;

    /// <summary>Answers with the page that is asked for.</summary>
    public static Task ServeAsync(HttpContext context) =>
        (context.Request.Query["view"] == "wall" && context.Request.Path == "/" ? Asset.All["/wall.html"] : Assets[context.Request.Path.Value!])
        .ServeAsync(context);

    /// <summary>The sign-in page, which leads back to the page that was asked for.</summary>
    public static string SignInFor(HttpRequest request) =>
        $"{AccessGuard.SignInPath}?{WantedKey}={Uri.EscapeDataString(request.Path == AccessGuard.SignInPath ? WantedBy(request) : request.Path + request.QueryString)}";

    /// <summary>The page that the sign-in page is to lead back to: one of ours, whatever the address says.</summary>
    public static string WantedBy(HttpRequest request)
    {
        var wanted = request.Query[WantedKey].ToString();
        return wanted == Wall || Assets.ContainsKey(wanted) ? wanted : "/";
    }
}
