using SernetStream.Publishing.Tests.Support;

namespace SernetStream.Publishing.Tests;

/// <summary>Starts hosts of scripted publishers, and keeps their log.</summary>
public abstract class PublisherHostFixture
{
    private protected ListLogger Logger { get; } = new();

    private protected Task<PublisherHost> StartAsync(params ScriptedPublisher[] publishers) =>
        StartAsync(new PublisherHostOptions(), publishers);

    private protected async Task<PublisherHost> StartAsync(PublisherHostOptions options, params ScriptedPublisher[] publishers)
    {
        var host = new PublisherHost(publishers, Logger, options);
        await host.StartAsync(CancellationToken.None);
        return host;
    }
}
