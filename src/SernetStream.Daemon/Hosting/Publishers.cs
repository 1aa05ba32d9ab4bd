using SernetStream.Pipeline;
using SernetStream.Publishing;
using SernetStream.Publishing.Json;
using SernetStream.Publishing.Mqtt;
using SernetStream.Publishing.Text;

namespace SernetStream.Daemon.Hosting;

/// <summary>Makes the publishers that were asked for.</summary>
internal static class Publishers
{
    /// <summary>Where the broker's password may lie, beside a file: never on the command line, which everybody can read.</summary>
    public const string PasswordVariable = "SERNET_MQTT_PASSWORD";

    public static PublisherHost Create(RunSettings settings, ILoggerFactory loggers)
    {
        var publishers = new List<IEventPublisher>();
        if (settings.MqttAddress is not null)
        {
            publishers.Add(new MqttPublisher(Mqtt(settings), loggers.CreateLogger("mqtt")));
        }

        switch (settings.Output)
        {
            case OutputFormat.Json:
                publishers.Add(JsonLinesPublisher.ToStandardOutput());
                break;
            case OutputFormat.Text:
                publishers.Add(TextPublisher.ToStandardOutput());
                break;
            default:
                break;
        }

        return new PublisherHost(publishers, loggers.CreateLogger("publishing"));
    }

    private static MqttOptions Mqtt(RunSettings settings)
    {
        MqttOptions options;
        try
        {
            options = MqttOptions.Parse(settings.MqttAddress!);
        }
        catch (FormatException error)
        {
            throw new CommandException(ExitCode.Usage, error.Message);
        }

        options = options with
        {
            Node = settings.Node,
            UserName = settings.MqttUser ?? options.UserName,
            Password = Password(settings),
            PublishInterim = settings.MqttScores,
        };
        var problems = options.Problems();
        return problems.Count == 0 ? options : throw new CommandException(ExitCode.Usage, string.Join('\n', problems));
    }

    private static string? Password(RunSettings settings)
    {
        if (settings.MqttPasswordFile is not { } file)
        {
            return Environment.GetEnvironmentVariable(PasswordVariable);
        }

        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"The password file {file} cannot be read: {error.Message}");
        }
    }
}

/// <summary>Hands a pipeline's events to the publishers: at once if it is live, waiting if it is a file at full speed.</summary>
internal sealed class PublisherSink(PublisherHost publishers, bool isLive, CancellationToken stop) : IEventSink
{
    public ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        if (!isLive)
        {
            return publishers.PublishAsync(emotionEvent, stop);
        }

        publishers.Publish(emotionEvent);
        return ValueTask.CompletedTask;
    }

    public ValueTask PublishSpeechAsync(bool speaking)
    {
        if (!isLive)
        {
            return publishers.PublishSpeechAsync(speaking, stop);
        }

        publishers.PublishSpeech(speaking);
        return ValueTask.CompletedTask;
    }
}
