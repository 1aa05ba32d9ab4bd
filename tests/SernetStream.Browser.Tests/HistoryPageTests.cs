using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

public sealed class HistoryPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [NeedsFact("chromium")]
    public async Task The_diary_is_shown_by_day_and_week_and_deleted_after_a_question()
    {
        using var state = new TemporaryFolder();
        DiaryOfAWeek.Write(state, "kitchen");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state, "--set", "diary.keep=true");
        await using var visit = await browser.OpenAsync(node.Address + "history");
        await visit.IsSettledAsync();
        var page = visit.Page;
        Assert.StartsWith("Today", await page.Locator("#when").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(24, await page.Locator("#chart > div").CountAsync());
        Assert.NotEqual(0, await page.Locator("#chart i").CountAsync());
        Assert.NotEqual(0, await page.Locator("#utterances li").CountAsync());
        Assert.True(await page.Locator("#later").IsDisabledAsync());

        await page.Locator("#show-week").ClickAsync();
        await page.Locator("#show-week[aria-pressed=true]").WaitForAsync();
        Assert.Equal(7, await page.Locator("#chart > div").CountAsync());
        await page.Locator("#open-day button").First.ClickAsync();
        await page.Locator("#show-day[aria-pressed=true]").WaitForAsync();
        Assert.False(await page.Locator("#later").IsDisabledAsync());

        // The first answer is the safe one, also for the key that is pressed by habit.
        await page.Locator("#delete-all").ClickAsync();
        await page.Locator("#sure[open]").WaitForAsync();
        Assert.Contains("for good", await page.Locator("#sure-text").TextContentAsync(), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#sure:not([open])").WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Attached });
        Assert.Equal("", await page.Locator("#deleted").TextContentAsync());

        await page.Locator("#delete-all").ClickAsync();
        await page.Locator("#sure button[value=yes]").ClickAsync();
        await page.Locator("#deleted", new() { HasTextString = "for good" }).WaitForAsync();
        Assert.Equal(0, await page.Locator("#utterances li").CountAsync());
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task Where_none_is_kept_the_page_says_how_to_keep_one()
    {
        using var state = new TemporaryFolder();
        await using var node = await DashboardNode.StartAsync(browser.Recording, state);
        await using var visit = await browser.OpenAsync(node.Address + "history");
        await visit.IsSettledAsync();
        Assert.Contains("keep: true", await visit.Page.Locator("#off").TextContentAsync(), StringComparison.Ordinal);
        Assert.False(await visit.Page.Locator("#diary").IsVisibleAsync());
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task A_diary_that_is_damaged_is_said_and_can_be_removed()
    {
        using var state = new TemporaryFolder();
        Directory.CreateDirectory(state.PathOf("diary"));
        state.Write("diary/kitchen.db", "this is no diary, and never was one; it is only text, though there is enough of it");
        await using var node = await DashboardNode.StartAsync(browser.Recording, state);
        await using var visit = await browser.OpenAsync(node.Address + "history");
        await visit.IsSettledAsync();
        Assert.Contains("is damaged, or not one of sernetd", await visit.Page.Locator("#trouble").TextContentAsync(), StringComparison.Ordinal);
        await visit.Page.Locator("#delete-all").ClickAsync();
        await visit.Page.Locator("#sure button[value=yes]").ClickAsync();
        await visit.Page.Locator("#off:visible").WaitForAsync();
        Assert.False(await visit.Page.Locator("#trouble").IsVisibleAsync());
    }
}
