using Microsoft.Playwright;
using SernetStream.Testing;

namespace SernetStream.Browser.Tests;

/// <summary>One browser and one long recording for all tests.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private readonly TemporaryFolder _folder = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The spoken sample repeated to four minutes.</summary>
    public string Recording => _folder.PathOf("kitchen.wav");

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Chromium))
        {
            return;
        }

        var made = await ChildProcess.RunAsync(
            "sox", [Repository.PathOf("samples", "spoken.flac"), Recording, "repeat", "9"]);
        Assert.True(made.ExitCode == 0, made.Errors);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium,
            // Tests in a container run as root, for whom chromium has no sandbox.
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],
        });
    }

    /// <summary>A window that records its errors.</summary>
    public async Task<Visit> OpenAsync(string address, BrowserNewContextOptions? options = null)
    {
        var context = await _browser!.NewContextAsync(options ?? new BrowserNewContextOptions());
        context.SetDefaultTimeout((float)ChildProcess.WaitTimeout.TotalMilliseconds);
        var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(address);
        return visit;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A page in its own window.</summary>
public sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    internal Visit(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _errors.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _errors.Add(error);
    }

    public IPage Page { get; }

    /// <summary>The messages on the console.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Waits until the page receives events and shows an emotion.</summary>
    public async Task IsLiveAsync()
    {
        await Page.Locator("#connection[data-state=live]").WaitForAsync();
        await Page.WaitForFunctionAsync("() => Number(document.querySelector('#emotion').dataset.sequence) > 0");
    }

    /// <summary>Waits until the page has all that it needs.</summary>
    public Task IsSettledAsync() => Page.Locator("html[data-settled]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

    /// <summary>What axe-core finds wrong with the page as it is, anything from minor on.</summary>
    public async Task<IReadOnlyList<string>> FindingsAsync()
    {
        await Page.AddScriptTagAsync(new PageAddScriptTagOptions
        {
            Path = Repository.PathOf("node_modules", "axe-core", "axe.min.js"),
        });
        return await Page.EvaluateAsync<string[]>(
            """
            async () => {
              const { violations } = await axe.run(document, { resultTypes: ['violations'] });
              return violations.map(({ id, impact, help, nodes }) =>
                `${impact} ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
            }
            """);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
