using Microsoft.Extensions.Logging;
using SernetStream.Configuration;
using SernetStream.Daemon.Hosting;
using SernetStream.Models;
using SernetStream.Publishing.Output;

namespace SernetStream.Daemon.Tests;

public class NodeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_asked_to_end_while_it_starts_does_not_begin_to_load_its_models(bool isAsked)
    {
        // Loading this model fails.
        var environment = new Dictionary<string, string> { ["SERNET_MODEL"] = "/nowhere/model.json" };
        var settings = SettingsLoader.Load(CommandLineSettings.None, environment);
        var threshold = new LogThreshold(settings.LogLevel());
        using var loggers = LoggerFactory.Create(logging => ConsoleLog.Configure(logging, "sernetd", threshold));
        using var stop = new CancellationTokenSource();
        if (isAsked)
        {
            await stop.CancelAsync();
        }

        var error = await Assert.ThrowsAnyAsync<Exception>(() => new Node(settings, loggers, threshold).RunAsync(stop.Token));
        Assert.Equal(isAsked, error is OperationCanceledException);
        Assert.Equal(!isAsked, error is ModelException);
    }
}
