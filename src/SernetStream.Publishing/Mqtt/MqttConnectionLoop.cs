using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// Keeps one node connected to its broker: one connection after the other, with a growing wait in between, until
/// disposed. One thread of its own does all of it; <see cref="Wake"/> and <see cref="DisposeAsync"/> reach it
/// wherever it waits, except within the system's own name lookup and TCP connect.
/// </summary>
internal sealed class MqttConnectionLoop : IAsyncDisposable
{
    private readonly MqttOptions _options;
    private readonly MqttOutbox _outbox;
    private readonly LoopSignal _signal = new();
    private readonly MqttConnection _connection;
    private readonly BackOff _backOff;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    public MqttConnectionLoop(
        MqttOptions options, MqttTopics topics, MqttOutbox outbox, MqttDialogue dialogue, ILogger logger)
    {
        _options = options;
        _outbox = outbox;
        _connection = new MqttConnection(
            options, topics, outbox, dialogue, new MqttStatusLog(logger, options.Broker), _signal);
        _backOff = new BackOff(options.ReconnectShortest, options.ReconnectLongest, Random.Shared);
        _thread = new Thread(Run) { IsBackground = true, Name = "mqtt" };
    }

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _connection.IsConnected;

    public void Start() => _thread.Start();

    /// <summary>Says that there is something new in the outbox.</summary>
    public void Wake() => _signal.Wake();

    /// <summary>
    /// Sends what is in the outbox, says goodbye and ends, all within the shutdown limit. A thread that the system
    /// still holds in a lookup or a connect is left to end by itself, and has nothing to say to the broker then.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _signal.Stop(_options.ShutdownLimit);
        if (!_connection.IsOpening || _outbox.HasEvents)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(_options.ShutdownLimit)).ConfigureAwait(false);
        }
    }

    private void Run()
    {
        try
        {
            do
            {
                var wait = _connection.Run() switch
                {
                    ConnectionEnd.Refused or ConnectionEnd.TakenOver => _backOff.NextLong(),
                    ConnectionEnd.Lost(var lasted) => _backOff.NextAfter(lasted),
                    _ => _backOff.Next(),
                };
                WaitFor(wait);
            }
            while (!_signal.IsStopping);
        }
        finally
        {
            _signal.Dispose();
            _ended.TrySetResult();
        }
    }

    private void WaitFor(TimeSpan wait)
    {
        var until = StopwatchTime.In(wait);
        for (var left = wait; left > TimeSpan.Zero && !_signal.IsStopping; left = StopwatchTime.Left(until))
        {
            _signal.Event.Wait(left);
        }
    }
}
