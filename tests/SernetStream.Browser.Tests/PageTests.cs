using Microsoft.Playwright;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

/// <summary>What holds for every page, on every screen.</summary>
public sealed class PageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private const int MostBytes = 250_000;

    private static readonly (string Path, string Name)[] Pages =
        [("", "dashboard"), ("?view=wall", "wall"), ("history", "history"), ("history?days=7", "week"), ("setup", "setup")];

    internal static readonly (string Name, ColorScheme Scheme, int Width, int Height)[] Screens =
    [
        ("light", ColorScheme.Light, 1280, 1000),
        ("dark", ColorScheme.Dark, 1280, 1000),
        ("phone", ColorScheme.Light, 390, 844),
        ("tablet", ColorScheme.Dark, 1024, 768),
    ];

    public static TheoryData<string, ColorScheme, int, int> EveryScreen =>
        [.. Screens.Select(screen => (screen.Name, screen.Scheme, screen.Width, screen.Height))];

    [NeedsTheory("chromium")]
    [MemberData(nameof(EveryScreen))]
    public async Task Every_page_can_be_used_by_everybody(string name, ColorScheme scheme, int width, int height)
    {
        Assert.NotEmpty(name);
        using var state = new TemporaryFolder();
        DiaryOfAWeek.Write(state, "kitchen");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state, "--set", "diary.keep=true", "--set", "learn=labelled");
        foreach (var (page, _) in Pages)
        {
            await using var visit = await browser.OpenAsync(node.Address + page, new BrowserNewContextOptions
            {
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new ViewportSize { Width = width, Height = height },
                BypassCSP = true,
                ServiceWorkers = ServiceWorkerPolicy.Block,
            });
            await visit.IsSettledAsync();
            foreach (var summary in await visit.Page.Locator("summary:visible").AllAsync())
            {
                await summary.ClickAsync();
            }

            if (page.Length == 0)
            {
                await visit.Page.Locator("#events .ask").First.ClickAsync();
            }

            Assert.Equal([], await visit.FindingsAsync());
            Assert.Equal(0, await visit.Page.EvaluateAsync<int>(
                """
                () => [...document.querySelectorAll('*')]
                  .filter((element) => getComputedStyle(element).transitionDuration.split(', ').some((time) => parseFloat(time) > 0)).length
                """));
            var overflow = await visit.Page.EvaluateAsync<int>(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(overflow == 0, $"{page} is {overflow} pixels wider than the screen.");
        }
    }

    [NeedsFact("chromium")]
    public async Task What_has_the_focus_can_be_seen_and_everything_can_be_reached_by_keyboard()
    {
        using var state = new TemporaryFolder();
        DiaryOfAWeek.Write(state, "kitchen");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state, "--set", "diary.keep=true");
        foreach (var (page, _) in Pages)
        {
            await using var visit = await browser.OpenAsync(node.Address + page);
            await visit.IsSettledAsync();
            var wanted = await visit.Page.EvaluateAsync<int>(
                """
                () => [...document.querySelectorAll('a[href], button, select, input, summary')]
                  .filter((element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0).length
                """);
            var reached = new HashSet<string>();
            for (var press = 0; press < wanted + 20; press++)
            {
                await visit.Page.Keyboard.PressAsync("Tab");
                var focus = await visit.Page.EvaluateAsync<string>(
                    """
                    () => {
                      const element = document.activeElement;
                      if (element === document.body) { return 'body'; }
                      const { outlineStyle, outlineWidth } = getComputedStyle(element);
                      const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
                      const place = [...document.querySelectorAll('*')].indexOf(element);
                      return `${isSeen ? 'seen' : 'UNSEEN'} ${place} ${element.matches('a[href], button, select, input, summary')} ${element.outerHTML.slice(0, 80)}`;
                    }
                    """);
                Assert.DoesNotContain("UNSEEN", focus, StringComparison.Ordinal);
                if (focus.Contains(" true ", StringComparison.Ordinal))
                {
                    reached.Add(focus.Split(' ')[1]);
                }
            }

            Assert.True(reached.Count >= wanted, $"{page}: {reached.Count} of {wanted} controls are reached by Tab.");
        }
    }

    [NeedsFact("chromium")]
    public async Task No_page_is_large()
    {
        using var state = new TemporaryFolder();
        DiaryOfAWeek.Write(state, "kitchen");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state, "--set", "diary.keep=true");
        foreach (var (page, _) in Pages)
        {
            await using var visit = await browser.OpenAsync("about:blank");
            var bytes = 0L;
            visit.Page.Response += async (_, response) =>
            {
                if (!response.Url.EndsWith("/api/stream", StringComparison.Ordinal))
                {
                    Interlocked.Add(ref bytes, (await response.BodyAsync()).Length);
                }
            };
            await visit.Page.GotoAsync(node.Address + page);
            await visit.IsSettledAsync();
            await visit.Page.WaitForLoadStateAsync(LoadState.Load);
            Assert.InRange(Interlocked.Read(ref bytes), 1000, MostBytes);
            TestContext.Current.TestOutputHelper?.WriteLine($"/{page}: {Interlocked.Read(ref bytes)} bytes");
        }
    }

    /// <summary>
    /// Makes pictures for the documentation if a folder is named: <c>SERNET_SCREENSHOTS=docs/images dotnet test …</c>. People look
    /// at them; the test checks that the page has drawn its chart and its picture.
    /// </summary>
    [NeedsTheory("chromium")]
    [MemberData(nameof(EveryScreen))]
    public async Task It_draws_what_it_hears(string name, ColorScheme scheme, int width, int height)
    {
        using var state = new TemporaryFolder();
        DiaryOfAWeek.Write(state, "kitchen");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state, "--set", "diary.keep=true", "--set", "learn=labelled");
        var options = new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
        };
        await using var visit = await browser.OpenAsync(node.Address, options);
        await visit.IsLiveAsync();
        var folder = Environment.GetEnvironmentVariable("SERNET_SCREENSHOTS");
        await node.MetricReachesAsync("sernet_audio_utterances_total", folder is null ? 1 : 9);
        await visit.Page.WaitForFunctionAsync("() => document.querySelector('#gate').dataset.open === 'true'");
        var colours = await visit.Page.EvaluateAsync<int>(
            """
            () => {
              const canvas = document.querySelector('#image');
              const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
              return new Set(new Uint32Array(pixels.buffer)).size;
            }
            """);
        Assert.True(colours > 20, $"The picture has {colours} colours.");
        Assert.Equal(1, await visit.Page.Locator("#chart canvas").CountAsync());
        await TakeAsync(visit, folder, $"dashboard-{name}");
        foreach (var (page, picture) in Pages.Skip(1))
        {
            await using var other = await browser.OpenAsync(node.Address + page, options);
            await other.IsSettledAsync();
            await TakeAsync(other, folder, $"{picture}-{name}");
        }
    }

    internal static async Task TakeAsync(Visit visit, string? folder, string name)
    {
        Assert.Empty(visit.Errors);
        if (folder is not null)
        {
            await visit.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }
}
