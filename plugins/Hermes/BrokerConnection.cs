using System.Buffers;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;

namespace SernetStream.Plugins.Hermes;

/// <summary>One connection to the broker, from its opening to its end. Nothing is kept from one to the next.</summary>
internal sealed class BrokerConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BrokerConnection()
    {
    }

    /// <summary>Becomes why the connection has ended.</summary>
    public Task<string> End => _end.Task;

    /// <summary>Connects and subscribes.</summary>
    /// <param name="settings">Where to.</param>
    /// <param name="filters">What to subscribe to.</param>
    /// <param name="take">Is given each message, one at a time; it must not keep the payload.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The broker is not there, or does not want this client.</exception>
    public static async Task<BrokerConnection> OpenAsync(
        HermesSettings settings,
        IEnumerable<string> filters,
        Action<string, ReadOnlySequence<byte>> take,
        CancellationToken cancellationToken)
    {
        var connection = new BrokerConnection();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            await connection.ConnectAsync(settings, take, limit.Token);
            foreach (var filter in filters)
            {
                var result = await connection._client.SubscribeAsync(filter, cancellationToken: limit.Token);
                if (result.Items.Any(item => (int)item.ResultCode >= 128))
                {
                    throw new IOException($"the broker does not let this client subscribe to {filter}");
                }
            }

            return connection;
        }
        catch (Exception error)
        {
            connection.Dispose();
            throw error switch
            {
                OperationCanceledException when cancellationToken.IsCancellationRequested => error,
                OperationCanceledException => new IOException($"no answer within {Patience.TotalSeconds} s"),
                IOException => error,
                _ => new IOException((error.InnerException ?? error).Message, error),
            };
        }
    }

    /// <summary>Publishes a message; false if the connection is ending.</summary>
    public async Task<bool> TryPublishAsync(string topic, byte[] payload, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await _client.PublishAsync(
                new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>(payload) }, limit.Token);
            return true;
        }
        catch (Exception error) when (error is MqttCommunicationException or InvalidOperationException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Says goodbye.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.DisconnectAsync(new MqttClientDisconnectOptions(), cancellationToken);
        }
        catch (Exception error) when (error is MqttCommunicationException or InvalidOperationException or IOException)
        {
            // It is gone already.
            _end.TrySetResult(error.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ConnectAsync(
        HermesSettings settings, Action<string, ReadOnlySequence<byte>> take, CancellationToken cancellationToken)
    {
        _client.ApplicationMessageReceivedAsync += arguments =>
        {
            take(arguments.ApplicationMessage.Topic, arguments.ApplicationMessage.Payload);
            return Task.CompletedTask;
        };
        _client.DisconnectedAsync += arguments =>
        {
            _end.TrySetResult(arguments.Exception?.Message ?? "the broker has ended the connection");
            return Task.CompletedTask;
        };

        // Rhasspy speaks 3.1.1.
        var options = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V311)
            .WithClientId($"sernetd-hermes-{Guid.NewGuid():N}")
            .WithCleanSession()
            .WithTcpServer(settings.Broker.Host, settings.Broker.IsDefaultPort ? (settings.IsEncrypted ? 8883 : 1883) : settings.Broker.Port)
            .WithKeepAlivePeriod(Patience)
            .WithTimeout(Patience);
        if (settings.Username is { } user)
        {
            options = options.WithCredentials(user, settings.Password ?? "");
        }

        if (settings.IsEncrypted)
        {
            options = options.WithTlsOptions(tls => tls.UseTls());
        }

        var result = await _client.ConnectAsync(options.Build(), cancellationToken);
        if (result.ResultCode != MqttClientConnectResultCode.Success)
        {
            throw new IOException($"the broker refuses this client: {result.ResultCode}");
        }
    }
}
