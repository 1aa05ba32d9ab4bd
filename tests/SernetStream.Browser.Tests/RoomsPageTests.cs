using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

/// <summary>A house of six rooms: all at a glance, and each with pages of its own.</summary>
public sealed class RoomsPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly string[] Rooms = ["kitchen", "living-room", "bath", "nursery", "hall", "away"];

    [NeedsFact("chromium")]
    public async Task Every_room_is_shown_and_each_is_told_alone()
    {
        using var folder = new TemporaryFolder();
        DiaryOfAWeek.Write(folder, "bath");
        await using var house = await StartAsync(folder);
        await using var visit = await browser.OpenAsync(house.Address);
        await visit.IsSettledAsync();
        var page = visit.Page;
        Assert.Equal(Rooms, await page.Locator("#rooms h2").AllInnerTextsAsync());
        await page.Locator("[data-room=kitchen]:not([data-emotion=none]), [data-room=kitchen] .state[data-open=true]").First.WaitForAsync();
        Assert.Equal("not heard yet: see the log", await Card(page, "away").Locator(".state").InnerTextAsync());
        Assert.True(await Card(page, "away").Locator("button").IsDisabledAsync());

        await page.WaitForFunctionAsync("() => Number(document.querySelector('[data-room=kitchen] .level').ariaValueNow) > -60");
        await PageTests.TakeAsync(visit, Environment.GetEnvironmentVariable("SERNET_SCREENSHOTS"), "rooms-light");

        // A switch of one room is no switch of another.
        await Card(page, "bath").GetByRole(AriaRole.Button, new() { Name = "Mute bath" }).ClickAsync();
        await Card(page, "bath").Locator("button[aria-pressed=true]").WaitForAsync();
        Assert.Equal("muted", await Card(page, "bath").Locator(".state").InnerTextAsync());
        Assert.Equal(1, await page.Locator("#rooms button[aria-pressed=true]").CountAsync());

        // The room's own page.
        await Card(page, "bath").Locator("h2 a").ClickAsync();
        await page.Locator("#mute[aria-pressed=true]").WaitForAsync();
        Assert.Equal("bath", await page.Locator("#node").InnerTextAsync());
        await page.Locator("#mute").ClickAsync();
        await page.Locator("#mute[aria-pressed=false]").WaitForAsync();
        await page.Locator("#sensitivity").SelectOptionAsync("eager");
        await page.WaitForFunctionAsync("() => document.querySelector('#sensitivity').dataset.now === 'eager'");

        await page.GetByRole(AriaRole.Link, new() { Name = "History", Exact = true }).ClickAsync();
        await visit.IsSettledAsync();
        Assert.Equal("bath", await page.Locator("#node").InnerTextAsync());
        await page.Locator("#show-week").ClickAsync();
        await page.WaitForFunctionAsync("() => document.querySelectorAll('#utterances li, #totals li').length > 0");
        Assert.Contains("room=bath", page.Url, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "Rooms", Exact = true }).ClickAsync();
        await Card(page, "kitchen").Locator("h2 a").ClickAsync();
        await visit.IsLiveAsync();
        Assert.Equal("kitchen", await page.Locator("#node").InnerTextAsync());
        Assert.NotEqual("eager", await page.Locator("#sensitivity").InputValueAsync());
        Assert.Equal(0, await page.Locator("#mute[aria-pressed=true]").CountAsync());

        // All at once.
        await page.GetByRole(AriaRole.Link, new() { Name = "Rooms", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Mute all", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Unmute all", Exact = true }).WaitForAsync();
        Assert.Equal(Rooms.Length - 1, await page.Locator("#rooms button[aria-pressed=true]").CountAsync());
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task The_overview_can_be_used_by_everybody_and_is_small()
    {
        using var folder = new TemporaryFolder();
        await using var house = await StartAsync(folder);
        foreach (var (_, scheme, width, height) in PageTests.Screens)
        {
            await using var visit = await browser.OpenAsync("about:blank", new BrowserNewContextOptions
            {
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new ViewportSize { Width = width, Height = height },
                BypassCSP = true,
                ServiceWorkers = ServiceWorkerPolicy.Block,
            });
            var bytes = 0L;
            visit.Page.Response += async (_, response) =>
            {
                if (!response.Url.Contains("/api/", StringComparison.Ordinal))
                {
                    Interlocked.Add(ref bytes, (await response.BodyAsync()).Length);
                }
            };
            await visit.Page.GotoAsync(house.Address);
            await visit.IsSettledAsync();
            await Card(visit.Page, "kitchen").Locator("button").ClickAsync();
            await Card(visit.Page, "kitchen").Locator("button[aria-pressed=true]").WaitForAsync();
            Assert.Equal([], await visit.FindingsAsync());
            Assert.Equal(0, await visit.Page.EvaluateAsync<int>(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"));
            Assert.InRange(Interlocked.Read(ref bytes), 1000, 60_000);
            await Card(visit.Page, "kitchen").Locator("button").ClickAsync();
            await Card(visit.Page, "kitchen").Locator("button[aria-pressed=false]").WaitForAsync();
        }
    }

    private static ILocator Card(IPage page, string room) => page.Locator($"[data-room={room}]");

    private async Task<HouseProcess> StartAsync(TemporaryFolder folder)
    {
        var configuration = new StringBuilder("node: house\noutput: json\ndiary:\n  keep: true\nrooms:\n");
        foreach (var room in Rooms)
        {
            configuration.Append(CultureInfo.InvariantCulture, $"  {room}:\n    device: file:{(room == "away" ? folder.PathOf("missing.wav") : browser.Recording)}\n");
        }

        var file = folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(file, configuration.ToString());
        var port = Loopback.FreePort();
        var process = ChildProcess.Start(
            "dotnet",
            [Repository.Daemon, "--config", file, "--web", port.ToString(CultureInfo.InvariantCulture)],
            new Dictionary<string, string> { ["STATE_DIRECTORY"] = folder.FullPath });
        await process.ErrorLineAsync(line => line.Contains("the dashboard is at", StringComparison.Ordinal));
        foreach (var room in Rooms.Where(room => room != "away"))
        {
            await process.ErrorLineAsync(line => line.Contains($"{room}: listening to", StringComparison.Ordinal));
        }

        return new HouseProcess(process, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
    }

    private sealed record HouseProcess(ChildProcess Process, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
