using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SernetStream.Mqtt.Statistics;

/// <summary>
/// How long each emotion has lasted today, by the calendar of this machine's time zone. It counts the time that really
/// passes, so a clock that jumps adds and removes nothing; what the clock says only decides which day it is. The sums are
/// kept over a restart.
/// </summary>
/// <remarks>Events and ticks come on threads of their own.</remarks>
internal sealed class MoodDay
{
    private static readonly TimeSpan KeepInterval = TimeSpan.FromMinutes(1);

    // A clock that is corrected around midnight does not begin the day again.
    private static readonly TimeSpan SmallestStepBack = TimeSpan.FromHours(1);

    private readonly TimeProvider _clock;
    private readonly MoodDayFile _file;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, double> _seconds = new(StringComparer.Ordinal);
    private DateOnly _date;
    private string? _emotion;
    private long _since;
    private long _keptAt;
    private bool _isChanged;

    /// <param name="path">Where the sums are kept; null: nowhere.</param>
    /// <param name="clock">The clock, and the time zone.</param>
    /// <param name="log">The log, for a file that cannot be used.</param>
    public MoodDay(string? path, TimeProvider clock, ILogger log)
    {
        (_clock, _file) = (clock, new MoodDayFile(path, log));
        _date = Today(clock.GetLocalNow());
        _since = _keptAt = clock.GetTimestamp();
        foreach (var (emotion, seconds) in _file.Read(_date))
        {
            _seconds[emotion] = seconds;
        }
    }

    /// <summary>An emotion begins; null: nobody listens.</summary>
    public void Begin(string? emotion)
    {
        lock (_gate)
        {
            Account();
            _emotion = emotion;
        }
    }

    /// <summary>Time until the sums are worth publishing again: a minute, or the next midnight.</summary>
    public TimeSpan UntilNext()
    {
        var now = _clock.GetLocalNow();
        var midnight = MidnightOf(Today(now).AddDays(1)) - now;
        return midnight > TimeSpan.Zero && midnight < KeepInterval ? midnight : KeepInterval;
    }

    /// <summary>The sums as JSON.</summary>
    public byte[] ToUtf8()
    {
        lock (_gate)
        {
            Account();
            return JsonObject.ToUtf8(Write);
        }
    }

    /// <summary>Keeps the sums now: the node ends.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            Account();
            if (_isChanged)
            {
                KeepNow();
            }
        }
    }

    private void Account()
    {
        var elapsed = _clock.GetElapsedTime(_since);
        _since = _clock.GetTimestamp();
        var now = _clock.GetLocalNow();
        if (Today(now) != _date && !IsJustBefore(now))
        {
            // The end of yesterday is yesterday's.
            var today = now - MidnightOf(Today(now));
            elapsed = today < elapsed ? today : elapsed;
            _date = Today(now);
            _seconds.Clear();
            _isChanged = true;
        }

        if (_emotion is { } emotion && elapsed > TimeSpan.Zero)
        {
            _seconds[emotion] = _seconds.GetValueOrDefault(emotion) + elapsed.TotalSeconds;

            // A card does not need to be written each minute of a silent night.
            _isChanged |= emotion != EmotionLabel.None;
        }

        if (_isChanged && _clock.GetElapsedTime(_keptAt) >= KeepInterval)
        {
            KeepNow();
        }
    }

    private void KeepNow()
    {
        _file.Write(JsonObject.ToUtf8(Write));
        (_isChanged, _keptAt) = (false, _clock.GetTimestamp());
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("date"u8, MoodDayFile.Name(_date));
        writer.WriteString("since"u8, MidnightOf(_date).ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
        writer.WriteStartObject("seconds"u8);
        foreach (var (emotion, seconds) in _seconds)
        {
            writer.WriteNumber(emotion, Math.Round(seconds));
        }

        writer.WriteEndObject();
    }

    private bool IsJustBefore(DateTimeOffset now) =>
        Today(now) == _date.AddDays(-1) && MidnightOf(_date) - now < SmallestStepBack;

    private static DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(now.DateTime);

    /// <summary>The first moment of a day, which is later than 0:00 where summer time begins at midnight.</summary>
    private DateTimeOffset MidnightOf(DateOnly date)
    {
        var zone = _clock.LocalTimeZone;
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(30);
        }

        // Where summer time ends at midnight there are two: the earlier one has the larger offset.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset);
    }
}
