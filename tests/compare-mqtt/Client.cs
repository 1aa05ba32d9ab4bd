using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using SernetStream;

// Publishes events at a rate as the daemon does, and writes the time of each delivery and the cost. compare.sh compiles it
// with the publisher of each revision. Arguments: port, events a second, seconds, file of authorities or "-".
var (port, rate, seconds) = (int.Parse(args[0]), int.Parse(args[1]), int.Parse(args[2]));
var options = new MqttOptions { Host = "127.0.0.1", Port = port, Node = "kitchen", Tls = args[3] == "-" ? null : new MqttTls { CaFile = args[3] } };
var began = Stopwatch.GetTimestamp();
await using var publisher = new MqttPublisher(options, NullLogger.Instance);
await publisher.StartAsync(default);
while (!publisher.IsConnected) await Task.Delay(1);
var connect = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
await SendAsync(-200, 200, 100);   // warm-up: two seconds
var count = rate * seconds;
var process = Process.GetCurrentProcess();
await Task.Delay(500);
process.Refresh(); var cpu = process.TotalProcessorTime; var start = Stopwatch.GetTimestamp();
await SendAsync(1, count, rate);
process.Refresh(); cpu = process.TotalProcessorTime - cpu;
var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
var resident = long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * 4096 / 1048576.0;
await Task.Delay(300);
Console.Error.WriteLine(FormattableString.Invariant($"connect {connect:0} ms cpu/event {cpu.TotalMilliseconds / count:0.000} ms cpu share {cpu.TotalSeconds / took * 100:0.00} % resident {resident:0.0} MB"));

async Task SendAsync(int first, int events, int perSecond)
{
    var pace = Stopwatch.GetTimestamp();
    for (var i = 0; i < events; i++)
    {
        var due = pace + (long)((double)i / perSecond * Stopwatch.Frequency);
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (left > TimeSpan.FromMilliseconds(1)) await Task.Delay(left);
        var now = DateTime.UtcNow;
        var probabilities = new EmotionScores(["anger", "boredom", "neutral"], [0.81f, 0.08f, 0.11f]);
        var e = new EmotionEvent
        {
            Node = "kitchen", Kind = EmotionEventKind.Final, Sequence = first + i, Time = DateTimeOffset.UtcNow,
            AudioStart = 12.48, AudioEnd = 15.48, Emotion = "anger", Confidence = 0.5f + i % 1000 / 2000f, Arousal = 0.785f, Previous = "neutral",
            Probabilities = probabilities, Raw = probabilities, Model = "light-sernet-emodb-int8", LatencyMs = 9.4,
        };
        if (first > 0) Console.WriteLine($"{first + i} {(now - DateTime.UnixEpoch).Ticks}");
        await publisher.PublishAsync(e, default);
    }
}
