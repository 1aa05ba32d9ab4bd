using System.Text.RegularExpressions;

namespace SernetStream.Web.Dashboard;

/// <summary>The pages of the dashboard, and the way back to one of them over the sign-in page.</summary>
internal static partial class Pages
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

    /// <summary>Answers with the page that is asked for. In a house, the first page is that of all rooms, until one is named.</summary>
    public static Task ServeAsync(HttpContext context, bool isHouse)
    {
        var (path, query) = (context.Request.Path.Value!, context.Request.Query);
        var asset = path != "/" ? Assets[path]
            : query["view"] == "wall" ? Asset.All["/wall.html"]
            : isHouse && !query.ContainsKey(DashboardRooms.Key) ? Asset.All["/rooms.html"]
            : Assets[path];
        return asset.ServeAsync(context);
    }

    /// <summary>The sign-in page, which leads back to the page that was asked for.</summary>
    public static string SignInFor(HttpRequest request) =>
        $"{AccessGuard.SignInPath}?{WantedKey}={Uri.EscapeDataString(request.Path == AccessGuard.SignInPath ? WantedBy(request) : request.Path + request.QueryString)}";

    /// <summary>The page that the sign-in page is to lead back to: one of ours, whatever the address says.</summary>
    public static string WantedBy(HttpRequest request)
    {
        var wanted = request.Query[WantedKey].ToString();
        return wanted == Wall || (Assets.ContainsKey(wanted.Split('?')[0]) && OfRoom().IsMatch(wanted)) ? wanted : "/";
    }

    /// <summary>A page as such, or of a room.</summary>
    [GeneratedRegex(@"^/[a-z]*(\?room=[\w%.-]+(&view=wall)?)?\z")]
    private static partial Regex OfRoom();
}
