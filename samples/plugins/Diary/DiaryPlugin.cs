using System.ComponentModel.DataAnnotations;
using SernetStream;
using SernetStream.Plugins;

namespace Diary;

public sealed class DiarySettings
{
    [Required(ErrorMessage = "it must name the file to write.")]
    public string? Path { get; set; }

    [Range(0, 1, ErrorMessage = "it must be 0 to 1.")]
    public double LeastConfidence { get; set; } = 0.5;
}

[PluginSettings(typeof(DiarySettings))]
public sealed class DiaryPlugin : IEmotionPlugin
{
    private PluginContext _context = null!;
    private DiarySettings _settings = null!;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<DiarySettings>();
        context.Log.Information($"writing to {_settings.Path}");
        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        await foreach (var heard in events.WithCancellation(stop))
        {
            if (heard is EmotionHeard { Event: { Kind: EmotionEventKind.Change } mood }
                && mood.Confidence >= _settings.LeastConfidence)
            {
                await File.AppendAllTextAsync(
                    _settings.Path!, $"{mood.Time:u} {_context.Node}: {mood.Previous} -> {mood.Emotion}\n", stop);
            }
        }
    }
}
