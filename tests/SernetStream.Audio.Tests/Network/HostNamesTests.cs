using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Names of hosts, of which a few are asked for at a time. The name server is a double: no real one is silent when a test wants it.</summary>
public sealed class HostNamesTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(0.2);

    private readonly ConcurrentQueue<TaskCompletionSource<IPAddress[]>> _asked = new();
    private readonly HostNames _names;

    public HostNamesTests()
    {
        _names = new HostNames(_ =>
        {
            var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            _asked.Enqueue(answer);
            return answer.Task;
        });
    }

    [Fact]
    public async Task The_ninth_name_is_asked_for_when_one_of_the_eight_is_answered()
    {
        var waiting = Enumerable.Range(0, HostNames.AtOnce).Select(i => AskAsync($"host{i}")).ToList();
        var ninth = AskAsync("host8");
        Assert.Equal(HostNames.AtOnce, _asked.Count);

        _asked.First().SetResult([IPAddress.Loopback]);
        Assert.Equal([IPAddress.Loopback], await waiting[0]);
        await Eventually(() => _asked.Count > HostNames.AtOnce);
        _asked.Last().SetResult([IPAddress.IPv6Loopback]);
        Assert.Equal([IPAddress.IPv6Loopback], await ninth);
        await AnsweredAsync(waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_no_longer_waits_keeps_the_turn_until_the_answer(bool isStopped)
    {
        using var stop = new CancellationTokenSource();
        var limit = isStopped ? ChildProcess.WaitTimeout : Soon;
        var waiting = Enumerable.Range(0, HostNames.AtOnce).Select(i => _names.AddressesAsync($"host{i}", limit, stop.Token)).ToList();
        if (isStopped)
        {
            await stop.CancelAsync();
        }

        foreach (var one in waiting)
        {
            var ended = await Record.ExceptionAsync(() => one);
            Assert.True(isStopped ? ended is OperationCanceledException : ended is TimeoutException, $"{ended}");
        }

        var ninth = AskAsync("host8");
        Assert.Equal(HostNames.AtOnce, _asked.Count);
        // Nobody sees this exception, and nothing may take it for one that was forgotten (UnobservedTasks).
        _asked.First().SetException(new SocketException((int)SocketError.HostNotFound));
        await Eventually(() => _asked.Count > HostNames.AtOnce);
        _asked.Last().SetResult([IPAddress.Loopback]);
        Assert.Equal([IPAddress.Loopback], await ninth);
    }

    [Fact]
    public async Task Who_waits_for_a_turn_waits_no_longer_than_the_limit_either()
    {
        var waiting = Enumerable.Range(0, HostNames.AtOnce).Select(i => AskAsync($"host{i}")).ToList();
        await Assert.ThrowsAsync<TimeoutException>(() => _names.AddressesAsync("host8", Soon, CancellationToken.None));
        Assert.Equal(HostNames.AtOnce, _asked.Count);
        await AnsweredAsync(waiting);
    }

    [Fact]
    public async Task A_name_that_cannot_be_one_gives_its_turn_back()
    {
        var names = new HostNames(_ => throw new ArgumentException("too long"));
        for (var i = 0; i <= HostNames.AtOnce; i++)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => names.AddressesAsync("host", ChildProcess.WaitTimeout, CancellationToken.None));
        }
    }

    [Fact]
    public async Task An_address_is_not_asked_for()
    {
        Assert.Equal([IPAddress.IPv6Loopback], await AskAsync("::1"));
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("wyoming")]
    [InlineData("tcp-listen")]
    [InlineData("wyoming-listen")]
    [InlineData("udp")]
    [InlineData("rtp")]
    public void Of_a_name_server_that_is_silent_or_knows_nobody_each_stream_says_so(string scheme)
    {
        var device = $"{scheme}://kitchen:{Loopback.FreePort()}";
        Refused(device, AudioDeviceError.NotFound, "no name server told the host's address within 0.2 s", With(_names));
        Assert.Single(_asked);

        var unknown = new HostNames(_ => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)));
        Refused(device, AudioDeviceError.NotFound, "nobody knows the host's name", With(unknown));
    }

    [Theory]
    [InlineData("tcp-listen", "no sender connected")]
    [InlineData("wyoming-listen", "no sender connected")]
    [InlineData("udp", "gave no sound")]
    [InlineData("rtp", "no RTP packet came")]
    public void A_name_of_this_machine_is_listened_at(string scheme, string silence)
    {
        var own = new HostNames(_ => Task.FromResult<IPAddress[]>([IPAddress.Loopback]));
        Refused($"{scheme}://kitchen:{Loopback.FreePort()}", AudioDeviceError.NotAnswering, silence, With(own));
    }

    [Fact]
    public async Task The_wait_for_a_name_ends_with_who_listens()
    {
        using var stop = new CancellationTokenSource();
        var options = With(_names) with { OpenLimit = ChildProcess.WaitTimeout };
        using var datagrams = new DatagramListener(StreamAddress.Parse("udp://kitchen:5004"), options);
        using var connections = new TcpListenStream(StreamAddress.Parse("tcp-listen://kitchen:5004"), options);
        var waiting = new[] { datagrams.ListenAsync(stop.Token), connections.ListenAsync(options.OpenLimit, stop.Token) };
        Assert.Equal(waiting.Length, _asked.Count);
        await stop.CancelAsync();
        foreach (var one in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }
    }

    /// <summary>Leaves nobody who would find out after the test that no answer came.</summary>
    private async Task AnsweredAsync(List<Task<IPAddress[]>> waiting)
    {
        foreach (var answer in _asked)
        {
            answer.TrySetResult([IPAddress.Loopback]);
        }

        await Task.WhenAll(waiting);
    }

    private Task<IPAddress[]> AskAsync(string host) => _names.AddressesAsync(host, ChildProcess.WaitTimeout, CancellationToken.None);

    private static DeviceOptions With(HostNames names) => Patient with { OpenLimit = Soon, Network = new() { Names = names } };

    private static Task Eventually(Func<bool> isSo) => Task.Run(() => Assert.True(SpinWait.SpinUntil(isSo, ChildProcess.WaitTimeout)));
}
