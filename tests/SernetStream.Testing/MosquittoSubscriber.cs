using System.Globalization;

namespace SernetStream.Testing;

/// <summary>A message as a subscriber received it.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its payload, one line of text.</param>
/// <param name="Qos">The quality of service it came with.</param>
/// <param name="Retained">Whether the broker had stored it before the subscriber came.</param>
public sealed record MqttMessage(string Topic, string Payload, int Qos, bool Retained);

/// <summary>A real <c>mosquitto_sub</c>. Tests can wait for its messages.</summary>
public sealed class MosquittoSubscriber : IAsyncDisposable
{
    // mosquitto_sub -d prints debug lines in between; this prefix marks the messages.
    private const string Mark = "sernet-message";
    private const char Separator = '|';

    private readonly ChildProcess _process;

    private MosquittoSubscriber(ChildProcess process)
    {
        _process = process;
    }

    /// <summary>All messages so far, in order of arrival.</summary>
    public IReadOnlyList<MqttMessage> Messages => [.. _process.OutputLines.Select(Read).OfType<MqttMessage>()];

    /// <summary>Subscribes with QoS 1 on 127.0.0.1, and returns once the broker has confirmed it.</summary>
    public static async Task<MosquittoSubscriber> StartAsync(
        int port,
        string filter = "#",
        string? user = null,
        string? password = null,
        IEnumerable<string>? arguments = null)
    {
        // mosquitto_sub buffers its output when it writes into a pipe; stdbuf turns this off.
        List<string> all =
        [
            "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-d", "-q", "1",
            "-t", filter, "-F", $"{Mark}|%q|%r|%t|%p",
        ];
        if (user is not null)
        {
            all.AddRange(["-u", user, "-P", password ?? ""]);
        }

        all.AddRange(arguments ?? []);
        var process = ChildProcess.Start("stdbuf", all);
        process.StandardInput.Close();
        await process.OutputLineAsync(line => line.StartsWith("Subscribed", StringComparison.Ordinal));
        return new MosquittoSubscriber(process);
    }

    /// <summary>
    /// Waits until <paramref name="count"/> messages match, counting earlier ones, and returns the first of them.
    /// </summary>
    public async Task<IReadOnlyList<MqttMessage>> MessagesAsync(int count, Func<MqttMessage, bool> fits)
    {
        // Each new line makes OutputLineAsync check all lines again, from the first on.
        var first = _process.OutputLines.First();
        var seen = 0;
        await _process.OutputLineAsync(line =>
        {
            seen = ReferenceEquals(line, first) ? 0 : seen;
            seen += Read(line) is { } message && fits(message) ? 1 : 0;
            return seen >= count;
        });
        return [.. Messages.Where(fits).Take(count)];
    }

    /// <summary>Waits until <paramref name="count"/> messages of a topic have come, and returns the first of them.</summary>
    public Task<IReadOnlyList<MqttMessage>> MessagesAsync(int count, string topic) =>
        MessagesAsync(count, message => message.Topic == topic);

    /// <summary>Waits for the first matching message, which may have come before.</summary>
    public async Task<MqttMessage> MessageAsync(Func<MqttMessage, bool> fits) => (await MessagesAsync(1, fits))[0];

    /// <summary>Waits for the first message of a topic, which may have come before.</summary>
    public Task<MqttMessage> MessageAsync(string topic) => MessageAsync(message => message.Topic == topic);

    /// <summary>Waits for a message of a topic with exactly this payload.</summary>
    public Task<MqttMessage> MessageAsync(string topic, string payload) =>
        MessageAsync(message => message.Topic == topic && message.Payload == payload);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static MqttMessage? Read(string line)
    {
        var parts = line.Split(Separator, 5);
        return parts.Length == 5 && parts[0] == Mark
            ? new MqttMessage(
                parts[3], parts[4], int.Parse(parts[1], CultureInfo.InvariantCulture), Retained: parts[2] == "1")
            : null;
    }
}
