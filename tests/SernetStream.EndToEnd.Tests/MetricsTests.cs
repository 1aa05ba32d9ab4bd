using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

public sealed partial class MetricsTests
{
    [NeedsFact("promtool")]
    public async Task The_text_is_what_prometheus_expects()
    {
        await using var node = await WebNode.StartAsync();
        await node.Process.OutputLineAsync(line => line.Contains("\"final\"", StringComparison.Ordinal));
        var text = await node.GetTextAsync("/metrics");
        await using var promtool = ChildProcess.Start("promtool", ["check", "metrics"]);
        await promtool.StandardInput.WriteAsync(Encoding.UTF8.GetBytes(text));
        promtool.StandardInput.Close();
        var result = await promtool.ExitAsync();
        Assert.True(result.ExitCode == 0, result.Errors + result.Output);
        Assert.Equal("", result.Errors + result.Output);
    }

    [NeedsFact("promtool")]
    public async Task The_alert_rules_are_right_and_they_and_the_dashboard_ask_for_what_there_is()
    {
        var rules = Repository.PathOf("configs", "prometheus-alerts.yaml");
        var result = await ChildProcess.RunAsync("promtool", ["check", "rules", rules]);
        Assert.True(result.ExitCode == 0, result.Errors + result.Output);

        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var node = await WebNode.StartAsync("--mqtt", $"127.0.0.1:{broker.Port}");
        await node.Process.OutputLineAsync(line => line.Contains("\"final\"", StringComparison.Ordinal));
        var known = (await node.GetTextAsync("/metrics")).Split('\n')
            .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2]).ToHashSet();

        // This metric appears only after a minute without a gap.
        known.Add("sernet_audio_clock_drift");
        var grafana = await File.ReadAllTextAsync(Repository.PathOf("configs", "grafana-dashboard.json"));
        JsonDocument.Parse(grafana).Dispose();
        foreach (var text in new[] { grafana, await File.ReadAllTextAsync(rules) })
        {
            var asked = MetricName().Matches(text).Select(match => Family(match.Value)).Distinct().ToList();
            Assert.NotEmpty(asked);
            Assert.All(asked, name => Assert.Contains(name, known));
        }
    }

    [Fact]
    public async Task A_collector_is_sent_the_metrics()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var daemon = Sernetd.Start(
        [
            "--device", $"file:{Sernetd.SpokenSample}", "--output", "none", "--set", $"telemetry.otlp_endpoint=http://127.0.0.1:{port}",
            "--set", "telemetry.otlp_protocol=http", "--set", "telemetry.otlp_interval=1",
        ]);
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        using var connection = await listener.AcceptTcpClientAsync(limit.Token);
        var heard = new StringBuilder();
        var buffer = new byte[8192];
        var stream = connection.GetStream();
        while (!heard.ToString().Contains("sernet.window.cut", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, limit.Token);
            Assert.NotEqual(0, count);
            heard.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        Assert.StartsWith("POST /v1/metrics HTTP/1.1", heard.ToString(), StringComparison.Ordinal);
        Assert.Contains("service.name", heard.ToString(), StringComparison.Ordinal);
    }

    private static string Family(string name) => Regex.Replace(name, "_(bucket|sum|count)$", "") is var stem && stem.EndsWith("latency_seconds", StringComparison.Ordinal)
        ? stem
        : name;

    [GeneratedRegex(@"\bsernet_[a-z_]+\b|\bdotnet_[a-z_]+\b")]
    private static partial Regex MetricName();
}
