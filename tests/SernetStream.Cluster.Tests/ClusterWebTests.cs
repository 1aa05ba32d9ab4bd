using System.Net;
using System.Net.Http.Headers;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>What a silo shows to browsers, and to whom.</summary>
[Trait("Category", "real-parts")]
public sealed class ClusterWebTests : IDisposable
{
    private const string Token = "a token of the cluster's pages";
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("redis-server")]
    public async Task The_dashboard_of_Orleans_is_behind_the_token_as_the_fleet_page_is()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var silo = ClusterSilo.Start(
            "one", redis.Address, ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40)),
            "--orleans-dashboard", "--token-file", ClusterSilo.WriteSecret(_folder, "token", Token));
        await silo.JoinedAsync();
        using var stranger = new HttpClient();
        using var friend = new HttpClient();
        friend.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var guesser = new HttpClient();
        guesser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "not " + Token);
        foreach (var path in (string[])["/orleans/", "/orleans/DashboardCounters", "/orleans/ClusterStats", "/orleans/version", "/fleet.json", "/silo.json", "/rooms/kitchen"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(silo.PageOf(path))).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await guesser.GetAsync(silo.PageOf("/orleans/"))).StatusCode);
        var page = await friend.GetAsync(silo.PageOf("/orleans/"));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("Orleans", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", string.Join(' ', page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var counters = await friend.GetStringAsync(silo.PageOf("/orleans/DashboardCounters"));
        Assert.Contains("\"hosts\"", counters, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
