using System.Globalization;

namespace SernetStream.Audio;

/// <summary>Which of several channels is heard.</summary>
/// <param name="Number">From 1 on; 0: all of them, mixed.</param>
public readonly record struct ChannelChoice(int Number)
{
    /// <summary>The most channels that anything has.</summary>
    public const int MaxChannels = 64;

    /// <summary>All channels that hold something, mixed.</summary>
    public static ChannelChoice Mix => default;

    /// <summary>Reads <c>mix</c>, <c>left</c>, <c>right</c> or a number from 1 to <see cref="MaxChannels"/>.</summary>
    public static bool TryParse(string text, out ChannelChoice choice)
    {
        ArgumentNullException.ThrowIfNull(text);
        choice = text.ToLowerInvariant() switch
        {
            "mix" => Mix,
            "left" => new ChannelChoice(1),
            "right" => new ChannelChoice(2),
            _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? new ChannelChoice(number)
                : new ChannelChoice(-1),
        };
        return choice.Number is >= 0 and <= MaxChannels && text is not "0";
    }

    /// <summary>Whether something with so many channels has the one that is asked for.</summary>
    public bool IsIn(int channels) => Number <= channels;

    /// <summary>The message for a source without this channel.</summary>
    /// <param name="what">What has too few.</param>
    /// <param name="channels">How many it has.</param>
    public string MissingIn(string what, int channels) =>
        $"{what} has {channels} {(channels == 1 ? "channel" : "channels")}, but channel {Number} was chosen. "
        + $"Set capture.channel to mix or to a number from 1 to {channels}.";

    /// <inheritdoc/>
    public override string ToString() => Number == 0 ? "mix" : Number.ToString(CultureInfo.InvariantCulture);
}
