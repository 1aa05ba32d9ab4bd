using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using SernetStream.Configuration;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// Checks who may use the dashboard. The host name of a request must be ours, so a foreign page whose name resolves to
/// this machine gets nothing. A request of another site changes nothing. If there is a token, the request must show it:
/// as <c>Authorization: Bearer</c>, or once on the sign-in page, which leaves a cookie.
/// </summary>
internal sealed class AccessGuard
{
    /// <summary>Where the token is typed in.</summary>
    public const string SignInPath = "/sign-in";

    // The page needs no more than itself. Charts set styles through the object model, which style-src does not touch.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    // Browsers fetch the manifest, and what it names, without a cookie.
    private static readonly string[] Icons =
        ["/app.webmanifest", "/icon-192.png", "/icon-512.png", "/icon-maskable-512.png", "/apple-touch-icon.png"];

    private static readonly string[] OpenPaths =
        [SignInPath, "/style.css", "/favicon.svg", .. Icons, "/health/live", "/health/ready"];

    private readonly byte[]? _tokenHash;
    private readonly string? _cookie;
    private readonly string _cookieName;
    private readonly HashSet<string> _names;
    private readonly LoginRateLimit _guesses;

    public AccessGuard(WebOptions options, TimeProvider clock)
    {
        var machine = Environment.MachineName;
        _names = new HashSet<string>(
            ["localhost", machine, $"{machine}.local", .. options.Hosts], StringComparer.OrdinalIgnoreCase);
        _cookieName = string.Create(CultureInfo.InvariantCulture, $"sernet_{options.Listen.Port}");
        _guesses = new LoginRateLimit(clock);
        if (options.Token is { } token)
        {
            // The cookie follows from the token: it outlives a restart, ends when the token is changed, and does not tell it.
            var key = Encoding.UTF8.GetBytes(token);
            _tokenHash = SHA256.HashData(key);
            _cookie = Convert.ToHexStringLower(HMACSHA256.HashData(key, "sernetd dashboard cookie"u8));
        }
    }

    /// <summary>Whether a token must be shown at all.</summary>
    public bool NeedsToken => _tokenHash is not null;

    /// <summary>The middleware.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var (request, response) = (context.Request, context.Response);
        Harden(response);
        if (!IsOurName(request.Host.Host))
        {
            return RequestErrors.AnswerAsync(
                response,
                StatusCodes.Status421MisdirectedRequest,
                $"This sernetd is not called '{request.Host.Host}'. Ask for it by address, or add the name to web.hosts.");
        }

        if (IsForeign(request))
        {
            return RequestErrors.AnswerAsync(response, StatusCodes.Status403Forbidden, "sernetd refuses requests from other sites.");
        }

        if (!NeedsToken || OpenPaths.Contains(request.Path.Value) || HasCookie(request))
        {
            return next(context);
        }

        if (BearerToken(request) is { } shown)
        {
            return TryToken(context, shown) switch
            {
                TokenAnswer.Right => next(context),
                TokenAnswer.TooMany => RefuseGuessingAsync(response),
                _ => RequestErrors.AnswerAsync(response, StatusCodes.Status401Unauthorized, "The token is wrong."),
            };
        }

        if (HttpMethods.IsGet(request.Method) && Pages.Paths.Contains(request.Path.Value))
        {
            response.Redirect(Pages.SignInFor(request));
            return Task.CompletedTask;
        }

        response.Headers.WWWAuthenticate = "Bearer";
        return RequestErrors.AnswerAsync(
            response,
            StatusCodes.Status401Unauthorized,
            "A token is needed: send it as 'Authorization: Bearer TOKEN', or sign in at /sign-in.");
    }

    /// <summary>Takes a token that was typed in; a right one leaves a cookie.</summary>
    public TokenAnswer SignIn(HttpContext context, string shown)
    {
        var answer = TryToken(context, shown);
        if (answer == TokenAnswer.Right)
        {
            context.Response.Cookies.Append(_cookieName, _cookie!, CookieOptions(context));
        }

        return answer;
    }

    /// <summary>Takes the cookie away.</summary>
    public void SignOut(HttpContext context) => context.Response.Cookies.Delete(_cookieName, CookieOptions(context));

    private static CookieOptions CookieOptions(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        MaxAge = TimeSpan.FromDays(90),
    };

    private static void Harden(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers[HeaderNames.CacheControl] = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
    }

    /// <summary>An address needs no check: nobody else can choose what resolves to it.</summary>
    private bool IsOurName(string host) => _names.Contains(host) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private static bool IsForeign(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site == "cross-site")
        {
            // A link from elsewhere to the page is all that is left to another site.
            return request.Path != "/" || !HttpMethods.IsGet(request.Method);
        }

        // The scheme is not compared: a proxy may speak TLS in front. A page without an origin says "null", which is
        // not an address.
        return request.Headers.TryGetValue(HeaderNames.Origin, out var origin)
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var page)
                && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private bool HasCookie(HttpRequest request) =>
        request.Cookies.TryGetValue(_cookieName, out var cookie)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(_cookie!));

    private static string? BearerToken(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header["Bearer ".Length..].Trim()
            : null;

    private TokenAnswer TryToken(HttpContext context, string shown)
    {
        // Hashes, so that neither content nor length of the right one shows in the time it takes.
        if (_tokenHash is null
            || CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), _tokenHash))
        {
            return TokenAnswer.Right;
        }

        return _guesses.CountWrong(context.Connection.RemoteIpAddress) ? TokenAnswer.TooMany : TokenAnswer.Wrong;
    }

    private static Task RefuseGuessingAsync(HttpResponse response)
    {
        response.Headers.RetryAfter = "60";
        return RequestErrors.AnswerAsync(response, StatusCodes.Status429TooManyRequests, "Too many wrong tokens; wait a minute.");
    }
}

/// <summary>What became of a token.</summary>
internal enum TokenAnswer
{
    Right,
    Wrong,
    TooMany,
}
