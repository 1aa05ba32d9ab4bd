using SernetStream.Models;
using SernetStream.Publishing;

namespace SernetStream.Cluster.Events;

/// <summary>Events as lines of JSON, for a silo without a broker.</summary>
internal sealed class ConsoleEvents(TextWriter output) : IRoomEvents
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    public IRoomOutlet Open(string room, ModelCard card, INodeControls controls, Func<NodeHealth> health) => new Outlet(_output);

    private sealed class Outlet(TextWriter output) : IRoomOutlet
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent)
        {
            if (emotionEvent.Kind != EmotionEventKind.Interim)
            {
                output.WriteLine(EmotionEventJson.ToText(emotionEvent));
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;

        public Task CloseAsync(bool offline) => Task.CompletedTask;
    }
}
