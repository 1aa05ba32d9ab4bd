using SernetStream;
using SernetStream.Plugins;

namespace MoodPlugin;

/// <summary>Says each change of mood in the daemon's log.</summary>
[PluginSettings(typeof(Settings))]
public sealed class Plugin : IEmotionPlugin
{
    private PluginContext _context = null!;
    private Settings _settings = null!;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<Settings>();
        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        await foreach (var heard in events.WithCancellation(stop))
        {
            switch (heard)
            {
                case EmotionHeard { Event: { Kind: EmotionEventKind.Change } mood } when mood.Confidence >= _settings.LeastConfidence:
                    _context.Log.Information($"{mood.Previous} -> {mood.Emotion}");
                    break;
                case SpeechChanged { Speaking: var speaking }:
                    _context.Log.Debug(speaking ? "somebody speaks" : "nobody speaks any more");
                    break;
            }
        }
    }
}
