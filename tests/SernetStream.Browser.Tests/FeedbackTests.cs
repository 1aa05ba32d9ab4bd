using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

public sealed class FeedbackTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [NeedsFact("chromium")]
    public async Task Beside_an_utterance_one_can_say_what_it_was()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording, "--set", "learn=labelled");
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        var page = visit.Page;

        // The newest may be overtaken by the next utterance before the click arrives; then the node says so.
        var answer = "";
        for (var attempt = 0; attempt < 20 && !answer.StartsWith("Learnt as", StringComparison.Ordinal); attempt++)
        {
            var before = await page.Locator("#events li.final").CountAsync();
            await page.WaitForFunctionAsync("before => document.querySelectorAll('#events li.final').length > before", before);
            answer = await SayAsync("document.querySelector('#events li.final')");
        }

        Assert.StartsWith("Learnt as neutral; 1 utterance is labelled", answer, StringComparison.Ordinal);
        await page.WaitForFunctionAsync("() => document.querySelectorAll('#events li.final').length >= 3");
        answer = await SayAsync("[...document.querySelectorAll('#events li.final')].at(-1)");
        Assert.Contains("it is not the last one any more", answer, StringComparison.Ordinal);

        // What is open stays open when the next event comes.
        var count = await page.Locator("#events li").CountAsync();
        await page.WaitForFunctionAsync("count => document.querySelectorAll('#events li').length > count", count);
        Assert.NotEqual(0, await page.Locator("#events .say:visible").CountAsync());

        Task<string> SayAsync(string row) => page.EvaluateAsync<string>(
            $$"""
            async () => {
              const row = {{row}};
              if (row.querySelector('.say').hidden) { row.querySelector('.ask').click(); }
              const said = row.querySelector('[role=status]');
              const answer = new Promise((resolve) => {
                new MutationObserver(() => resolve(said.textContent)).observe(said, { childList: true });
              });
              [...row.querySelectorAll('.word')].find((word) => word.textContent === 'neutral').click();
              return answer;
            }
            """);
    }

    [NeedsFact("chromium")]
    public async Task A_node_that_learns_nothing_offers_no_buttons_and_says_what_to_set()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        await visit.Page.WaitForFunctionAsync("() => document.querySelector('#events li.final') !== null");
        Assert.Equal(0, await visit.Page.Locator(".ask").CountAsync());
        Assert.Contains("learn: labelled", await visit.Page.Locator("#teach").TextContentAsync(), StringComparison.Ordinal);
        Assert.True(await visit.Page.Locator("#teach").IsVisibleAsync());
        Assert.Empty(visit.Errors);
    }
}
