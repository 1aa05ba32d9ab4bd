using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

public sealed class SetupPageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [NeedsTheory("chromium")]
    [InlineData("good", "You are heard well", "")]
    [InlineData("bad", "It is overdriven", "gain 40")]
    [InlineData("poor", "You are faint", "gain -38")]
    [InlineData("poor", "The room is loud", "synth pinknoise gain -6")]
    [InlineData("bad", "Only zeros arrive", "vol 0")]
    public async Task A_newcomer_learns_what_is_wrong_with_the_microphone(string verdict, string headline, string effects)
    {
        using var folder = new TemporaryFolder();
        var recording = folder.PathOf("room.wav");
        var made = await ChildProcess.RunAsync(
            "sox", [.. new[] { "-D", browser.Recording, recording }, .. effects.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.True(made.ExitCode == 0, made.Errors);
        await using var node = await DashboardNode.StartAsync(recording);
        await using var visit = await browser.OpenAsync(node.Address + "setup");
        await visit.Page.Locator($"#microphone[data-verdict={verdict}] .headline", new() { HasTextString = headline }).WaitForAsync();

        // The same is said to a screen reader, once.
        Assert.StartsWith(headline, await visit.Page.Locator("#microphone [role=status]").TextContentAsync(), StringComparison.Ordinal);
        Assert.Contains("The gate opens at", await visit.Page.Locator("#microphone [data-part=opens]").TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task The_silence_after_a_word_is_not_taken_for_a_faint_voice()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address + "setup");
        var verdicts = await visit.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const { judge } = await import('/microphone.js');
              const pulse = (i, level, speech) => ({ at: 100 * i, peak: level + 6, level, speech, speaking: true, muted: false });
              const silence = Array.from({ length: 12 }, (_, i) => pulse(i, -70, 0.01));
              const voice = (level) => Array.from({ length: 12 }, (_, i) => pulse(i + 12, level, 0.9));
              return [silence, [...silence, ...voice(-25)], [...silence, ...voice(-60)]].map((pulses) => judge(pulses, 'works', 0.5)[0]);
            }
            """);
        Assert.Equal(["wait", "good", "poor"], verdicts);
    }

    [NeedsFact("chromium")]
    public async Task A_muted_node_says_so()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        await visit.Page.Locator("#mute").ClickAsync();
        await visit.Page.Locator("#mute[aria-pressed=true]").WaitForAsync();
        await visit.Page.Locator("nav a[href='/setup']").ClickAsync();
        await visit.Page.Locator("#microphone .headline", new() { HasTextString = "The node is muted" }).WaitForAsync();
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium")]
    public async Task The_doctor_is_asked_by_a_button()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address + "setup");
        await visit.IsSettledAsync();
        await visit.Page.Locator("#look").ClickAsync();
        await visit.Page.Locator("#findings li.ok").First.WaitForAsync();
        Assert.Contains("model", await visit.Page.Locator("#findings").TextContentAsync(), StringComparison.Ordinal);
        await visit.Page.Locator("#look:not(:disabled)").ClickAsync();
        await visit.Page.Locator("#health-said", new() { HasTextString = "ask again in" }).WaitForAsync();
    }

    [NeedsFact("chromium", "mosquitto", "mosquitto_passwd")]
    public async Task A_broker_is_tried_and_the_lines_to_write_are_shown_without_the_password()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("kitchen", "swordfish-4711");
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address + "setup");
        await visit.IsSettledAsync();
        var page = visit.Page;
        await page.Locator("#address").FillAsync($"mqtt://127.0.0.1:{broker.Port}");
        await page.Locator("#user").FillAsync("kitchen");
        await page.Locator("#password").FillAsync("swordfish-4711");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#broker-lines:visible").WaitForAsync();
        Assert.Contains("All is well", await page.Locator("#broker-said").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(
            $"mqtt:\n  broker: \"mqtt://127.0.0.1:{broker.Port}\"\n  user: \"kitchen\"\n  password_file: /etc/sernetd/mqtt-password",
            await page.Locator("#broker-lines").TextContentAsync());
        Assert.Empty(visit.Errors);
    }

    [NeedsFact("chromium", PulseRoom.Server)]
    public async Task A_device_is_chosen_by_keyboard()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var node = await DashboardNode.StartAsync(browser.Recording, room.Environment);
        await using var visit = await browser.OpenAsync(
            node.Address + "setup", new() { BypassCSP = true, ServiceWorkers = Microsoft.Playwright.ServiceWorkerPolicy.Block });
        await visit.IsSettledAsync();
        var page = visit.Page;
        await page.Locator("#devices input[value=pulse]").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#device-line:visible").WaitForAsync();
        Assert.StartsWith("--device says what to listen to", await page.Locator("#device-said").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("device: pulse", await page.Locator("#device-line").TextContentAsync());

        // With everything on the page that can be on it.
        await page.Locator("#look").ClickAsync();
        await page.Locator("#findings li").First.WaitForAsync();
        Assert.Equal([], await visit.FindingsAsync());
        if (Environment.GetEnvironmentVariable("SERNET_SCREENSHOTS") is { } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "setup-used.png"), FullPage = true });
        }
    }

    [NeedsFact("chromium")]
    public async Task A_threshold_says_what_was_measured_near_it()
    {
        await using var node = await DashboardNode.StartAsync(browser.Recording);
        await using var visit = await browser.OpenAsync(node.Address);
        await visit.IsLiveAsync();
        var page = visit.Page;
        await page.Locator("#sensitivity-form summary").ClickAsync();
        Assert.True(await page.Locator("#points tbody tr").CountAsync() >= 3);
        Assert.StartsWith("Measured: 5 of 100", await page.Locator("#threshold-rate").TextContentAsync(), StringComparison.Ordinal);
        await page.Locator("#threshold").PressAsync("ArrowRight");
        await page.Locator("#sensitivity[data-now=custom]").WaitForAsync();
        Assert.Contains("Measured near it", await page.Locator("#threshold-rate").TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(visit.Errors);
    }
}
