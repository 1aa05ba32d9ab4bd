using System.ComponentModel;

namespace SernetStream.Plugins.Exec;

/// <summary>Runs a command for an event: the event as JSON on its standard input, its main points in the environment.</summary>
[PluginSettings(typeof(ExecSettings))]
public sealed class ExecPlugin : IEmotionPlugin, IDisposable
{
    private readonly List<Task> _running = [];
    private PluginContext _context = null!;
    private ExecSettings _settings = null!;
    private SemaphoreSlim _slots = null!;
    private bool _isBehind;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<ExecSettings>();
        _slots = new SemaphoreSlim(_settings.AtOnce);
        if (Program.Find(_settings.Command![0]) is null)
        {
            throw new PluginException(
                $"The program {_settings.Command[0]} is not there or may not be run: name it with its whole path, and 'chmod +x' it.");
        }

        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        await foreach (var heard in events.WithCancellation(stop))
        {
            if (heard is EmotionHeard { Event: var emotionEvent } && _settings.Kinds.Contains(emotionEvent.Kind))
            {
                Run(emotionEvent, stop);
            }
        }

        await Task.WhenAll(_running);
    }

    public void Dispose() => _slots?.Dispose();

    private void Run(EmotionEvent emotionEvent, CancellationToken stop)
    {
        _running.RemoveAll(task => task.IsCompleted);
        if (!_slots.Wait(0, CancellationToken.None))
        {
            // What the room felt a while ago is not worth a queue.
            Say(ref _isBehind, true, $"{_settings.AtOnce} commands run already; events are left out until one has ended.");
            return;
        }

        _isBehind = false;
        _running.Add(RunAsync(emotionEvent, stop));
    }

    private async Task RunAsync(EmotionEvent emotionEvent, CancellationToken stop)
    {
        try
        {
            var result = await Program.RunAsync(
                _settings.Command!, emotionEvent, TimeSpan.FromSeconds(_settings.TimeLimit), _context.Clock, stop);
            if (result.Problem is { } problem)
            {
                _context.Log.Warning($"{_settings.Command![0]} {problem}");
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The daemon ends, and the command was killed with it.
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException)
        {
            _context.Log.Warning($"{_settings.Command![0]} could not be run: {error.Message}");
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Say(ref bool said, bool now, string message)
    {
        if (!said)
        {
            _context.Log.Warning(message);
        }

        said = now;
    }
}
