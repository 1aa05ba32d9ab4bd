using System.Buffers;
using System.Threading.Channels;
using MQTTnet;

namespace SernetStream.Mqtt.Session;

/// <summary>Messages that came from the broker, from MQTTnet's task to the connection's.</summary>
/// <param name="signal">What is woken when there is one to be taken.</param>
/// <param name="life">Is cancelled when the connection ends.</param>
internal sealed class BrokerInbox(LoopSignal signal, CancellationToken life)
{
    /// <summary>Beyond, no more is acknowledged until the connection's task has taken some.</summary>
    public const int Capacity = 32;

    // Messages to this node have a few characters, or are an announcement that the doctor reads. A longer one is not
    // copied, only reported.
    private const int LongestPayload = 16 * 1024;

    private readonly Channel<InboundMessage> _messages = Channel.CreateBounded<InboundMessage>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    /// <summary>Takes a message that came since the last call, if there is one.</summary>
    public bool TryTake(out InboundMessage message) => _messages.Reader.TryRead(out message);

    /// <summary>Puts in what came, and waits for room if there is none. Until then the broker hears nothing of it.</summary>
    /// <param name="arguments">What MQTTnet tells of it.</param>
    public async Task PutAsync(MqttApplicationMessageReceivedEventArgs arguments)
    {
        var message = arguments.ApplicationMessage;
        var length = (int)message.Payload.Length;
        var payload = length > LongestPayload ? [] : message.Payload.ToArray();
        var inbound = new InboundMessage(message.Topic, payload, length, message.Retain);
        if (!_messages.Writer.TryWrite(inbound))
        {
            signal.Wake();
            try
            {
                await _messages.Writer.WriteAsync(inbound, life).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
            {
                // The connection is at its end; the broker will not hear that the message came.
                arguments.ProcessingFailed = true;
            }
        }

        signal.Wake();
    }

    /// <summary>No more is taken.</summary>
    public void Close() => _messages.Writer.TryComplete();
}
