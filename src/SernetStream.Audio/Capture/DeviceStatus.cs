using System.Globalization;
using SernetStream.Audio.Network;

namespace SernetStream.Audio.Capture;

/// <summary>Where a supervised device is; see docs/developer/pipeline.md for what leads from one to the other.</summary>
public enum DeviceState
{
    /// <summary>Not opened yet, or disposed.</summary>
    Closed,

    /// <summary>Being opened, on a thread of its own: a sound server that hangs may never answer.</summary>
    Opening,

    /// <summary>Delivering samples.</summary>
    Running,

    /// <summary>It ran, and failed just now.</summary>
    Lost,

    /// <summary>Waiting before it is opened again.</summary>
    BackingOff,
}

/// <summary>News of a supervised device.</summary>
/// <param name="State">Where it is now.</param>
/// <param name="Device">What a person calls it.</param>
/// <param name="Problem">What led here, where something did.</param>
/// <param name="RetryAfter">When backing off: for how long.</param>
/// <param name="IsRealTime">
/// When running: whether its capture thread has real-time priority; null where that is not known.
/// </param>
/// <param name="Note">
/// When running: what is done to hear something in its channels, or who is turned away, if that is news.
/// </param>
public sealed record DeviceStatus(
    DeviceState State,
    string Device,
    AudioDeviceException? Problem = null,
    TimeSpan? RetryAfter = null,
    bool? IsRealTime = null,
    string? Note = null);

/// <summary>How a device is supervised.</summary>
public sealed record DeviceOptions
{
    /// <summary>
    /// Whether a device that is not there at the start is waited for, as one that is lost is; otherwise that is an error.
    /// </summary>
    public bool WaitForDevice { get; init; }

    /// <summary>Whether a device that is lost is opened again; otherwise that is an error.</summary>
    public bool Reopen { get; init; } = true;

    /// <summary>Which channel is heard.</summary>
    public ChannelChoice Channel { get; init; }

    /// <summary>How a stream on the network is heard.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>How long opening may take before the sound system counts as not answering; at least 0.1 s.</summary>
    public TimeSpan OpenLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The shortest wait before an attempt to open again; see <see cref="BackOff"/>, which also says when a device that runs
    /// and fails in turns is waited for ever longer.
    /// </summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest wait between two attempts; a device that ran for so long has recovered.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not.</exception>
    public void Validate()
    {
        Require(OpenLimit >= TimeSpan.FromSeconds(0.1) && OpenLimit <= TimeSpan.FromMinutes(10), OpenLimit, "0.1..600 s");
        Require(Network.StallLimit >= TimeSpan.FromSeconds(1) && Network.StallLimit <= TimeSpan.FromMinutes(10), Network.StallLimit, "1..600 s");
        Require(FirstRetry > TimeSpan.Zero && FirstRetry <= LongestRetry, FirstRetry, "greater than 0, at most longestRetry");
        Require(LongestRetry <= TimeSpan.FromHours(1), LongestRetry, "at most 3600 s");
    }

    private static void Require(
        bool holds,
        TimeSpan value,
        string range,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string field = "")
    {
        var seconds = value.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
        SernetStream.OptionRange.Require(holds, seconds, range, field);
    }
}
