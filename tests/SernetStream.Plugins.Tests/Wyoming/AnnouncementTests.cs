using SernetStream.Plugins.Tests.Support;
using SernetStream.Plugins.Wyoming;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>Avahi's program announces the server in the network.</summary>
public sealed class AnnouncementTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _patience = new(ChildProcess.WaitTimeout);

    [Fact]
    public async Task A_server_that_others_reach_is_announced_as_long_as_it_lives()
    {
        // The real Avahi needs a system bus. Here a script records the arguments, and the test checks that it is stopped.
        var told = _folder.PathOf("told");
        var program = _folder.Write("avahi", $"#!/bin/sh\necho \"$$ $*\" > {told}.new; mv {told}.new {told}\nexec sleep 600\n");
        await ChildProcess.RunAsync("chmod", ["+x", program]);
        var context = new FakePluginContext("Wyoming");
        string[] words;
        using (new Announcement("SernetStream kitchen", 10600, context.Log, program))
        {
            while (!File.Exists(told))
            {
                await Task.Delay(5, _patience.Token);
            }

            words = (await File.ReadAllTextAsync(told)).Trim().Split(' ', 2);
        }

        Assert.Equal("--no-fail SernetStream kitchen _wyoming._tcp 10600", words[1]);
        Assert.False(Directory.Exists($"/proc/{words[0]}") && !(await File.ReadAllTextAsync($"/proc/{words[0]}/stat")).Contains(") Z ", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_avahi_it_is_said_what_to_do()
    {
        var context = new FakePluginContext("Wyoming");
        using var announcement = new Announcement("x", 1, context.Log, "no-such-program");
        Assert.Contains("install avahi-daemon and avahi-utils", Assert.Single(context.Said.Lines), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _patience.Dispose();
    }
}
