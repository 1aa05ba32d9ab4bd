using System.Globalization;
using System.Text;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
using SernetStream.Publishing;

namespace SernetStream.Mqtt;

/// <summary>
/// The values of a node that can be changed over MQTT: each has a retained topic that tells it, and a topic below it,
/// <c>/set</c>, that takes a new one. A wrong command changes nothing and is answered with the value as it is.
/// </summary>
internal sealed class MqttCommands
{
    private readonly INodeControls _controls;
    private readonly MqttOutbox _outbox;
    private readonly RejectedCommandLog _complaints;
    private readonly Value[] _values;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public MqttCommands(INodeControls controls, MqttTopics topics, MqttOutbox outbox, RejectedCommandLog complaints)
    {
        _controls = controls;
        _outbox = outbox;
        _complaints = complaints;
        _values =
        [
            new Value(topics.Mute, () => controls.Muted ? "ON" : "OFF", SetMuted),
            new Value(topics.HalfLife, () => Number(controls.HalfLifeSeconds), SetHalfLife),
            new Value(topics.Threshold, () => Number(controls.EnterThreshold), SetThreshold),
            .. controls.Sensitivities.Count > 0
                ? [new Value(topics.Sensitivity, () => controls.Sensitivity, SetSensitivity)]
                : Array.Empty<Value>(),
            new Value(topics.LogLevel, () => ControlComponents.LevelName(controls.LogLevel), SetLogLevel),
            .. controls.Feedback is { } feedback ? [new Value(topics.Feedback, () => feedback.Answer, feedback.Give)] : Array.Empty<Value>(),
        ];
    }

    /// <summary>Puts the values as they are into the outbox.</summary>
    public void Tell()
    {
        foreach (var value in _values)
        {
            _outbox.SetRetained(value.Topic, Encoding.UTF8.GetBytes(value.Read()), qos: 1);
        }
    }

    /// <summary>Takes a message to a topic of commands, and answers it.</summary>
    public void Heard(InboundMessage message)
    {
        // An empty payload removes a retained command, as the log asks its sender to do.
        if (message.Length == 0)
        {
            return;
        }

        var value = Array.Find(_values, value => MqttTopics.CommandOf(value.Topic) == message.Topic);
        if (value is null)
        {
            _complaints.Add(message, "there is no control of this name");
            return;
        }

        if (Refusal(value, message) is { } refusal)
        {
            _complaints.Add(message, refusal);
        }

        // Published even if unchanged: the sender waits for an answer, and shows another value until it comes.
        Tell();
        _outbox.Repeat(value.Topic);
    }

    private static string? Refusal(Value value, InboundMessage message)
    {
        if (message.Retained)
        {
            return "a retained command would be obeyed again at each connection; send it without retain";
        }

        if (message.IsTooLong)
        {
            return "it is too long";
        }

        try
        {
            return value.Write(StrictUtf8.GetString(message.Payload));
        }
        catch (DecoderFallbackException)
        {
            return "it is not UTF-8";
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(
            text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
        && double.IsFinite(number);

    private string? SetMuted(string text)
    {
        if (text is not ("ON" or "OFF"))
        {
            return "it must be ON or OFF";
        }

        _controls.Muted = text == "ON";
        return null;
    }

    private string? SetHalfLife(string text)
    {
        if (!TryNumber(text, out var seconds) || seconds < 0 || seconds > NodeControlRange.LongestHalfLifeSeconds)
        {
            return $"it must be a number of 0 to {NodeControlRange.LongestHalfLifeSeconds} seconds";
        }

        _controls.HalfLifeSeconds = seconds;
        return null;
    }

    private string? SetThreshold(string text)
    {
        var lowest = _controls.LowestEnterThreshold;
        if (!TryNumber(text, out var threshold) || threshold < lowest || threshold > 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it must be a number of {lowest} (smoothing.leave) to 1");
        }

        _controls.EnterThreshold = threshold;
        return null;
    }

    private string? SetSensitivity(string text)
    {
        _controls.Sensitivity = text;
        return null;
    }

    private string? SetLogLevel(string text)
    {
        foreach (var level in NodeControlRange.LogLevels)
        {
            if (ControlComponents.LevelName(level) == text)
            {
                _controls.LogLevel = level;
                return null;
            }
        }

        return $"it must be one of {string.Join(", ", NodeControlRange.LogLevels.Select(ControlComponents.LevelName))}";
    }

    /// <param name="Topic">The topic that tells the value.</param>
    /// <param name="Read">The value as text.</param>
    /// <param name="Write">Sets it, or says why not.</param>
    private sealed record Value(string Topic, Func<string> Read, Func<string, string?> Write);
}
