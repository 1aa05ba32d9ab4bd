using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

/// <summary>The dashboard as an application on a phone or a tablet on the wall.</summary>
public sealed class InstallTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [NeedsFact("chromium")]
    public async Task It_can_be_installed_and_opens_while_the_daemon_is_away_but_keeps_nothing_that_was_heard()
    {
        using var state = new TemporaryFolder();
        DiaryOfAWeek.Write(state, "kitchen");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state, "--set", "diary.keep=true");
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        await visit.Page.WaitForFunctionAsync("async () => (await navigator.serviceWorker.ready).active.state === 'activated' && navigator.serviceWorker.controller !== null");
        var session = await visit.Page.Context.NewCDPSessionAsync(visit.Page);
        var manifest = (await session.SendAsync("Page.getAppManifest"))!.Value;
        Assert.Empty(manifest.GetProperty("errors").EnumerateArray());
        var errors = (await session.SendAsync("Page.getInstallabilityErrors"))!.Value.GetProperty("installabilityErrors");

        // The window of a test is a private one.
        Assert.DoesNotContain(errors.EnumerateArray(), error => error.GetProperty("errorId").GetString() != "in-incognito");

        // Now that the worker is there, each page passes through it once.
        foreach (var page in new[] { "history", "?view=wall", "" })
        {
            await visit.Page.GotoAsync(node.Address + page);
            await visit.IsSettledAsync();
        }

        await visit.Page.WaitForFunctionAsync("async () => (await caches.match('/app.js')) !== undefined && (await caches.match('/')) !== undefined");
        var kept = await visit.Page.EvaluateAsync<JsonElement>(
            """
            async () => {
              const kept = [];
              for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const { url } of await cache.keys()) {
                  const text = await (await cache.match(url)).text();
                  kept.push({ path: new URL(url).pathname, isHeard: text.includes('"probabilities":') || text.includes('"utterances":[') });
                }
              }
              return kept;
            }
            """);
        Assert.NotEmpty(kept.EnumerateArray());
        Assert.All(kept.EnumerateArray(), file =>
        {
            Assert.DoesNotContain("/api/", file.GetProperty("path").GetString(), StringComparison.Ordinal);
            Assert.False(file.GetProperty("isHeard").GetBoolean());
        });

        await node.KillAsync();
        await visit.Page.ReloadAsync();
        await visit.Page.Locator("#connection[data-state=lost]").WaitForAsync();
        await node.StartAgainAsync();
        await visit.IsLiveAsync();
    }

    [NeedsFact("chromium")]
    public async Task The_wall_view_shows_the_published_emotion_and_nothing_to_press()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address + "?view=wall");
        await visit.Page.WaitForFunctionAsync("() => Number(document.querySelector('#emotion').dataset.sequence) > 0");
        var shown = await visit.Page.EvaluateAsync<JsonElement>(
            "() => { const { sequence, emotion } = document.querySelector('#emotion').dataset; return { sequence: Number(sequence), emotion }; }");
        var published = await node.EventAsync(printed => printed.GetProperty("sequence").GetInt64() == shown.GetProperty("sequence").GetInt64());
        Assert.Equal(published.GetProperty("emotion").GetString(), shown.GetProperty("emotion").GetString());
        Assert.Equal(0, await visit.Page.Locator("button, a, select, input, summary").CountAsync());
        await node.KillAsync();
        await visit.Page.Locator("#state-text", new() { HasTextString = "connecting again" }).WaitForAsync();
        await node.StartAgainAsync();
        await visit.Page.WaitForFunctionAsync("() => ['listening', 'somebody speaks'].includes(document.querySelector('#state-text').textContent)");
    }
}
