namespace SernetStream.Plugins;

/// <summary>Something that was heard: an <see cref="EmotionHeard"/> or a <see cref="SpeechChanged"/>.</summary>
public abstract record RoomEvent
{
    private protected RoomEvent()
    {
    }
}

/// <summary>An emotion was judged.</summary>
/// <param name="Event">What was judged, and how.</param>
public sealed record EmotionHeard(EmotionEvent Event) : RoomEvent;

/// <summary>Somebody began or ceased to speak.</summary>
/// <param name="Speaking">Whether somebody speaks now.</param>
public sealed record SpeechChanged(bool Speaking) : RoomEvent;
