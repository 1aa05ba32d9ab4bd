using System.ComponentModel;

namespace SernetStream.Plugins.Exec;

/// <summary>Runs a command for an event: the event as JSON on its standard input, its main points in the environment.</summary>
[PluginSettings(typeof(ExecSettings))]
public sealed class ExecPlugin : IEmotionPlugin
{
    private readonly List<Task> _running = [];
    private PluginContext _context = null!;
    private ExecSettings _settings = null!;
    private OutageNews _slots = null!;
    private OutageNews _command = null!;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<ExecSettings>();
        _slots = new OutageNews(context.Clock);
        _command = new OutageNews(context.Clock);
        if (Program.Find(_settings.Command![0]) is null)
        {
            throw new PluginException(
                $"The program {_settings.Command[0]} does not exist or may not be run: give its whole path, and 'chmod +x' it.");
        }

        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        try
        {
            await foreach (var heard in events.WithCancellation(stop))
            {
                if (heard is EmotionHeard { Event: var emotionEvent } && _settings.Kinds.Contains(emotionEvent.Kind))
                {
                    Run(emotionEvent, stop);
                }
            }
        }
        finally
        {
            // Also at an immediate stop: the commands are killed, and nothing of this plugin runs on.
            await Task.WhenAll(_running);
        }
    }

    private void Run(EmotionEvent emotionEvent, CancellationToken stop)
    {
        _running.RemoveAll(task => task.IsCompleted);
        if (_running.Count < _settings.AtOnce)
        {
            _slots.Back();
            _running.Add(RunAsync(emotionEvent, stop));
        }
        else if (_slots.Gone())
        {
            // An old emotion is not worth a queue.
            _context.Log.Warning($"{_settings.AtOnce} commands run already; events are left out until one has ended.");
        }
    }

    private async Task RunAsync(EmotionEvent emotionEvent, CancellationToken stop)
    {
        try
        {
            var result = await Program.RunAsync(
                _settings.Command!, emotionEvent, TimeSpan.FromSeconds(_settings.TimeLimit), _context.Clock, stop);
            Note(result.Problem);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The daemon ends, and the command was killed with it.
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException)
        {
            Note($"could not be run: {error.Message}");
        }
    }

    private void Note(string? problem)
    {
        if (problem is not null && _command.Gone())
        {
            _context.Log.Warning($"{_settings.Command![0]} {problem}");
        }
        else if (problem is null && _command.Back())
        {
            _context.Log.Information($"{_settings.Command![0]} works again.");
        }
    }
}
