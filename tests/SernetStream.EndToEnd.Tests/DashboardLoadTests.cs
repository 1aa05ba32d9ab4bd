using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>
/// Fifty dashboards, ten of which never read: the pipeline goes on, and the memory for those that do not read is bounded.
/// <c>make soak ARGS=dashboard</c> measures how much the pipeline slows down.
/// </summary>
public class DashboardLoadTests
{
    private const int Readers = 40;
    private const int Sleepers = 10;

    [Fact]
    public async Task Browsers_that_do_not_read_cost_a_bounded_queue_and_nothing_else()
    {
        await using var node = await WebNode.StartAsync();
        await node.Process.OutputLineAsync(_ => true);
        var before = ResidentMegabytes(node.Process.Id);
        var clients = Enumerable.Range(0, Readers + Sleepers).Select(_ => Connect(node.Port)).ToList();
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        var readers = clients.Take(Readers).Select(client => ReadAsync(client, 40_000, limit.Token)).ToList();

        // Every reader gets its data while ten clients do not read, and the node keeps publishing events.
        await Task.WhenAll(readers);
        var published = node.Process.OutputLines.Count;
        await node.Process.OutputLineAsync(line => line.Contains(
            string.Create(CultureInfo.InvariantCulture, $"\"sequence\":{published + 1},"), StringComparison.Ordinal));
        var metrics = await node.GetTextAsync("/metrics");
        Assert.Equal(0, Value(metrics, "sernet_publisher_events_total{publisher=\"dashboard\",outcome=\"dropped\"}"));
        Assert.Equal(0, Value(metrics, "sernet_publisher_events_total{publisher=\"json\",outcome=\"dropped\"}"));
        Assert.InRange(ResidentMegabytes(node.Process.Id) - before, -1000, 100);
        clients.ForEach(client => client.Dispose());
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        socket.Connect("127.0.0.1", port);
        socket.Send(Encoding.ASCII.GetBytes($"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
        return socket;
    }

    private static async Task ReadAsync(Socket socket, int bytes, CancellationToken limit)
    {
        var buffer = new byte[8192];
        for (var read = 0; read < bytes;)
        {
            var count = await socket.ReceiveAsync(buffer, limit);
            Assert.NotEqual(0, count);
            read += count;
        }
    }

    private static double Value(string metrics, string series)
    {
        var line = metrics.Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    private static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"))
            .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000;
    }
}
