using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.Session;

namespace SernetStream.Mqtt;

/// <summary>
/// Logs wrong commands: a few at once, then at most one line a minute with their number, so that a faulty client does
/// not fill the disk.
/// </summary>
internal sealed class RejectedCommandLog(ILogger logger, TimeProvider clock)
{
    private const int AtOnce = 5;
    private const int LongestShown = 40;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private long _windowBegan;
    private int _inWindow;
    private long _untold;

    public void Add(InboundMessage message, string reason)
    {
        if (_inWindow > 0 && clock.GetElapsedTime(_windowBegan) > Window)
        {
            _inWindow = 0;
        }

        if (_inWindow == 0)
        {
            _windowBegan = clock.GetTimestamp();
        }

        if (++_inWindow > AtOnce)
        {
            _untold++;
            return;
        }

        var more = _untold == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {_untold} more since the last line");
        _untold = 0;
        logger.LogWarning(
            "MQTT: {Payload} at {Topic} is ignored: {Reason}{More}", Shown(message), message.Topic, reason, more);
    }

    /// <summary>A payload for people: short, without control characters.</summary>
    private static string Shown(InboundMessage message)
    {
        if (message.IsTooLong || !Utf8.IsValid(message.Payload))
        {
            return string.Create(CultureInfo.InvariantCulture, $"a payload of {message.Length} bytes");
        }

        var text = Encoding.UTF8.GetString(message.Payload);
        var cut = text.Length > LongestShown ? text[..LongestShown] + "…" : text;
        return $"\"{string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))}\"";
    }
}
