using SernetStream.Plugins.Wyoming.Protocol;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// What a satellite tells of itself, if it uses this server as its event service (<c>--event-uri</c> of wyoming-satellite): among
/// much else, when the answer of the assistant begins, and when it has been played.
/// </summary>
/// <remarks>
/// Of the answer's sound such a connection carries only <c>audio-start</c> and <c>audio-stop</c>. They look like those of a client that
/// sends its own sound, but a satellite has always told something else before.
/// </remarks>
/// <param name="speech">Is held while it plays; null: nobody heeds it.</param>
/// <param name="clock">The time.</param>
internal sealed class SatelliteEvents(LoudspeakerHold? speech, TimeProvider clock)
{
    // A sound server needs a moment to begin, and the end of the sound comes later by as much.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private bool _isSatellite;
    private bool _plays;
    private long _began;
    private long? _start;

    /// <summary>Takes an event.</summary>
    /// <returns>Whether it was one of a satellite, and so not one of a client's own sound.</returns>
    public bool Take(in WyomingEvent received)
    {
        switch (received.Type)
        {
            case "run-satellite" or "pause-satellite" or "satellite-connected" or "satellite-disconnected" or "streaming-started"
                or "streaming-stopped" or "run-pipeline" or "transcript" or "synthesize":
                _isSatellite = true;
                return true;
            case "played":
                _isSatellite = true;
                End();
                return true;
            case "audio-start" when _isSatellite:
                Begin(received.Number("timestamp"));
                return true;
            case "audio-stop" when _isSatellite:
                Sent(received.Number("timestamp"));
                return true;
            default:
                return _isSatellite && received.Type == "audio-chunk";
        }
    }

    /// <summary>The satellite is gone, and says nothing more.</summary>
    public void End()
    {
        if (_plays)
        {
            _plays = false;
            speech?.End();
        }
    }

    private void Begin(long? timestamp)
    {
        (_plays, _began, _start) = (true, clock.GetTimestamp(), timestamp);
        speech?.Begin();
    }

    /// <summary>
    /// All sound has been sent, most of which is yet to be played. The timestamps, if there are any, say how long that takes: not every
    /// satellite says <c>played</c>.
    /// </summary>
    private void Sent(long? timestamp)
    {
        if (_plays && timestamp - _start is { } milliseconds and >= 0 and < int.MaxValue)
        {
            var left = TimeSpan.FromMilliseconds(milliseconds) - clock.GetElapsedTime(_began) + Slack;
            speech?.End(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }
}
