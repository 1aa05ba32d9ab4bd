namespace SernetStream;

/// <summary>
/// Lets an emotion pass at most once in a while, so that a lamp or a speaker does not react to every sentence of one
/// argument. Each emotion has its own time. That nobody speaks any more (<see cref="EmotionLabel.None"/>) always passes:
/// it ends a mood, and nothing else would. May be used by any thread.
/// </summary>
/// <param name="duration">How long an emotion is held back after it passed; zero for not at all.</param>
/// <param name="clock">The time; its monotonic part, so a clock that is set changes nothing.</param>
public sealed class RefractoryTime(TimeSpan duration, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _passed = new(StringComparer.Ordinal);

    /// <summary>Whether this emotion passes now.</summary>
    public bool Passes(string emotion)
    {
        ArgumentNullException.ThrowIfNull(emotion);
        if (duration <= TimeSpan.Zero || emotion == EmotionLabel.None)
        {
            return true;
        }

        lock (_gate)
        {
            if (_passed.TryGetValue(emotion, out var then) && clock.GetElapsedTime(then) < duration)
            {
                return false;
            }

            _passed[emotion] = clock.GetTimestamp();
            return true;
        }
    }
}
