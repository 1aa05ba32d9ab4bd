using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SernetStream;
using SernetStream.Diary;

// Writes events into a diary until it is killed: 'SernetStream.Diary.Writer FILE FIRST'. A number on standard output is
// an event that was acknowledged: what tests kill it for.
var publisher = new DiaryPublisher(new DiaryFile(args[0]), TimeSpan.FromDays(30), NullLogger.Instance, TimeProvider.System);
await publisher.StartAsync(CancellationToken.None);
using var output = Console.OpenStandardOutput();
var labels = new[] { "anger", "neutral" };
for (var sequence = long.Parse(args[1], CultureInfo.InvariantCulture); ; sequence++)
{
    await publisher.PublishAsync(
        new EmotionEvent
        {
            Node = "kitchen",
            Kind = EmotionEventKind.Final,
            Sequence = sequence,
            Time = DateTimeOffset.UtcNow,
            AudioStart = sequence,
            AudioEnd = sequence + 0.5,
            Emotion = "anger",
            Confidence = 0.75f,
            Previous = "neutral",
            Probabilities = new EmotionScores(labels, [0.75f, 0.25f]),
            Raw = new EmotionScores(labels, [0.75f, 0.25f]),
            Model = "test",
            LatencyMs = 1,
        },
        CancellationToken.None);
    output.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sequence}\n")));
}
