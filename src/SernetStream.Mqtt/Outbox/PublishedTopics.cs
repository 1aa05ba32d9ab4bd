using Microsoft.Extensions.Logging;

namespace SernetStream.Mqtt.Outbox;

/// <summary>
/// The retained topics that this node has published at its broker and not removed since, across restarts and changes of
/// its configuration: a file with a line for each topic, broker and topic with a tab between. A topic is recorded
/// before it is first published, and removed after the broker has acknowledged that it is clear, so a crash loses none.
/// </summary>
internal sealed class PublishedTopics
{
    private const char Separator = '\t';

    private readonly string? _file;
    private readonly string _broker;
    private readonly ILogger _logger;
    private readonly List<string> _others = [];
    private readonly List<string> _topics = [];
    private readonly Lock _gate = new();

    /// <param name="file">Where it is kept; null to remember nothing over a restart.</param>
    /// <param name="broker">The broker's address.</param>
    /// <param name="logger">The log, for a file that cannot be written.</param>
    public PublishedTopics(string? file, string broker, ILogger logger)
    {
        (_file, _broker, _logger) = (file, broker, logger);
        foreach (var line in ReadLines())
        {
            if (line.Split(Separator) is not [var where, var topic] || !MqttOptions.IsTopicName(topic))
            {
                continue;
            }

            if (where == broker)
            {
                _topics.Remove(topic);
                _topics.Add(topic);
            }
            else
            {
                _others.Add(line);
            }
        }
    }

    /// <summary>The topics at this broker.</summary>
    public IReadOnlyList<string> Topics
    {
        get
        {
            lock (_gate)
            {
                return [.. _topics];
            }
        }
    }

    /// <summary>Remembers topics; to be called before they are published.</summary>
    public void Add(IEnumerable<string> topics)
    {
        lock (_gate)
        {
            var more = topics.Except(_topics).ToList();
            if (more.Count > 0)
            {
                _topics.AddRange(more);
                Write();
            }
        }
    }

    /// <summary>Removes topics that the broker no longer keeps for this node.</summary>
    public void Remove(params IReadOnlyCollection<string> topics)
    {
        lock (_gate)
        {
            if (_topics.RemoveAll(topics.Contains) > 0)
            {
                Write();
            }
        }
    }

    private string[] ReadLines()
    {
        try
        {
            return File.Exists(_file) ? File.ReadAllLines(_file) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            CannotKeep(error);
            return [];
        }
    }

    // The new file takes the place of the old one in one step: after a loss of power it is one or the other.
    private void Write()
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            var next = _file + ".new";
            using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                _others.Concat(_topics.Select(topic => $"{_broker}{Separator}{topic}")).ToList().ForEach(writer.WriteLine);
                writer.Flush();
                stream.Flush(flushToDisk: true);
            }

            File.Move(next, _file, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            CannotKeep(error);
        }
    }

    private void CannotKeep(Exception error) => _logger.LogWarning(
        "MQTT: the list of published topics cannot be kept in {File} ({Reason}): some topics may stay at the broker if their names change",
        _file, error.Message);
}
