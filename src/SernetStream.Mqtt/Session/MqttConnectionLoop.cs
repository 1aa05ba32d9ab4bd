using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// Keeps one node connected to its broker: one connection after the other, with a growing wait in between, until
/// disposed. One task of its own does all of it; <see cref="Wake"/> and <see cref="DisposeAsync"/> reach it wherever it
/// waits.
/// </summary>
internal sealed class MqttConnectionLoop : IAsyncDisposable
{
    private readonly MqttOptions _options;
    private readonly LoopSignal _signal = new();
    private readonly MqttConnection _connection;
    private readonly BackOff _backOff;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MqttConnectionLoop(
        MqttOptions options, MqttTopics topics, MqttOutbox outbox, MqttDialogue dialogue, ILogger logger)
    {
        _options = options;
        _connection = new MqttConnection(
            options, topics, outbox, dialogue, new MqttStatusLog(logger, options.Broker), _signal);
        var lasting = StopwatchTime.Shortest(MqttConnection.ShortLife, options.ReconnectLongest);
        _backOff = new BackOff(options.ReconnectShortest, options.ReconnectLongest, lasting);
    }

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _connection.IsConnected;

    public void Start() => ThreadPool.QueueUserWorkItem(_ => Run());

    /// <summary>Says that there is something new in the outbox.</summary>
    public void Wake() => _signal.Wake();

    /// <summary>Sends what is in the outbox, says goodbye and ends, all within the shutdown limit.</summary>
    public async ValueTask DisposeAsync()
    {
        _signal.Stop(_options.ShutdownLimit);
        await Task.WhenAny(_ended.Task, Task.Delay(_options.ShutdownLimit)).ConfigureAwait(false);
    }

    // Not a task: a bug in here must end the process, not stay unobserved in a task.
    private async void Run()
    {
        try
        {
            do
            {
                var wait = await _connection.RunAsync().ConfigureAwait(false) switch
                {
                    ConnectionEnd.Refused or ConnectionEnd.TakenOver => _backOff.NextLong(),
                    ConnectionEnd.Lost(var lasted) => _backOff.NextAfter(lasted),
                    _ => _backOff.Next(),
                };
                await WaitForAsync(wait).ConfigureAwait(false);
            }
            while (!_signal.IsStopping);
        }
        finally
        {
            _signal.Dispose();
            _ended.TrySetResult();
        }
    }

    private async Task WaitForAsync(TimeSpan wait)
    {
        var until = StopwatchTime.In(wait);
        for (var left = wait; left > TimeSpan.Zero && !_signal.IsStopping; left = StopwatchTime.Left(until))
        {
            await _signal.WaitAsync(left).ConfigureAwait(false);
        }
    }
}
