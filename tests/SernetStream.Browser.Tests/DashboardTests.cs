using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

public sealed class DashboardTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [NeedsFact("chromium")]
    public async Task The_emotion_shown_is_the_one_published()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        var last = 0L;
        for (var i = 0; i < 6; i++)
        {
            // Wait until the page shows a newer event…
            await visit.Page.WaitForFunctionAsync(
                "last => Number(document.querySelector('#emotion').dataset.sequence) > last", last);
            var shown = await visit.Page.EvaluateAsync<JsonElement>(
                """
                () => ({
                  sequence: Number(document.querySelector('#emotion').dataset.sequence),
                  emotion: document.querySelector('#emotion').dataset.emotion,
                  name: document.querySelector('#emotion-name').textContent,
                  confidence: Number(document.querySelector('#confidence').getAttribute('aria-valuenow')),
                  arousal: document.querySelector('#arousal-figure').textContent,
                })
                """);
            last = shown.GetProperty("sequence").GetInt64();

            // …and compare it with the event of that number on standard output.
            var published = await node.EventAsync(printed => printed.GetProperty("sequence").GetInt64() == last);
            var emotion = published.GetProperty("emotion").GetString();
            Assert.Equal(emotion, shown.GetProperty("emotion").GetString());
            Assert.Equal(emotion == "none" ? "Quiet" : emotion, shown.GetProperty("name").GetString());
            Assert.Equal(100 * published.GetProperty("confidence").GetDouble(), shown.GetProperty("confidence").GetDouble(), 0.51);
            var arousal = published.GetProperty("arousal");
            Assert.Equal(
                arousal.ValueKind == JsonValueKind.Null ? "–" : $"{Math.Floor((100 * arousal.GetDouble()) + 0.5):0} %",
                shown.GetProperty("arousal").GetString());
        }

        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task Mute_stops_classification_and_unmute_starts_it_again()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        var button = visit.Page.Locator("#mute");

        // By keyboard, for users without a mouse.
        await button.FocusAsync();
        await visit.Page.Keyboard.PressAsync("Space");
        await visit.Page.Locator("#mute[aria-pressed=true]").WaitForAsync();
        await node.MetricReachesAsync("sernet_muted", 1);
        await node.MetricReachesAsync("sernet_audio_muted_total", 8000);
        var classified = await node.MetricAsync("sernet_window_done_total");
        await node.MetricReachesAsync("sernet_audio_muted_total", 8000 + (8 * 16000));
        Assert.Equal(classified, await node.MetricAsync("sernet_window_done_total"));
        Assert.Equal("none", await visit.Page.Locator("#emotion").GetAttributeAsync("data-emotion"));

        await button.ClickAsync();
        await visit.Page.Locator("#mute[aria-pressed=false]").WaitForAsync();
        await node.MetricReachesAsync("sernet_window_done_total", classified + 1);
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task The_sensitivity_can_be_chosen_and_its_rate_is_said()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        var choice = visit.Page.Locator("#sensitivity");
        Assert.Equal("normal", await choice.InputValueAsync());
        Assert.Contains("at most 5 are given an emotion", await visit.Page.Locator("#sensitivity-rate").TextContentAsync(), StringComparison.Ordinal);

        await choice.SelectOptionAsync("calm");
        await visit.Page.Locator("#sensitivity[data-now=calm]").WaitForAsync();
        Assert.Contains("at most 2 are given an emotion", await visit.Page.Locator("#sensitivity-rate").TextContentAsync(), StringComparison.Ordinal);

        // A page that is opened later shows the node's values, not the defaults of the page.
        await using var other = await browser.OpenAsync(node.Address);
        await other.IsLiveAsync();
        Assert.Equal("calm", await other.Page.Locator("#sensitivity").InputValueAsync());
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task It_comes_back_when_the_daemon_does()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        await node.KillAsync();
        await visit.Page.Locator("#connection[data-state=lost]").WaitForAsync();
        Assert.True(await visit.Page.Locator("#mute").IsDisabledAsync());

        await node.StartAgainAsync();
        await visit.IsLiveAsync();
        var first = await node.EventAsync(_ => true);
        await visit.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('#events li')].some(row => row.dataset.sequence === '1') "
            + "|| Number(document.querySelector('#emotion').dataset.sequence) >= 1");
        Assert.Equal(1, first.GetProperty("sequence").GetInt64());
        Assert.True(await visit.Page.Locator("#mute").IsEnabledAsync());

        // The browser itself logs that the server is away; this is no error of the page.
        Assert.DoesNotContain(visit.Errors, error => !error.Contains("net::ERR_", StringComparison.Ordinal));
    }
}
