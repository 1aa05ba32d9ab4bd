using Microsoft.Extensions.Logging;
using SernetStream.Publishing;

namespace SernetStream.Diary;

/// <summary>
/// Writes utterances and changes of mood into the diary. Whatever is wrong with the file, the daemon hears on: what may
/// pass is waited for, with the events in memory; after anything else no diary is kept until the next start. Either is
/// said once.
/// </summary>
internal sealed class DiaryPublisher : IEventPublisher
{
    /// <summary>Entries that wait in memory while the file cannot be written; the oldest makes room.</summary>
    public const int MostWaiting = 1000;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PurgeInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly DiaryFile _file;
    private readonly TimeSpan _retention;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly RetentionClock _retentionClock;
    private readonly OutageNews _news;
    private readonly Queue<DiaryEntry> _waiting = new();
    private DiaryDatabase? _database;
    private ITimer? _timer;
    private long? _failedAt;
    private long? _purgedAt;
    private long _lost;
    private bool _isOff;

    /// <param name="file">Where it is kept.</param>
    /// <param name="retention">How long an entry is kept.</param>
    /// <param name="log">Hears of outages.</param>
    /// <param name="clock">The time, and the zone of the house.</param>
    public DiaryPublisher(DiaryFile file, TimeSpan retention, ILogger log, TimeProvider clock)
    {
        (_file, _retention, _log, _clock) = (file, retention, log, clock);
        _retentionClock = new RetentionClock(clock);
        _news = new OutageNews(clock);
    }

    /// <inheritdoc/>
    public string Name => "diary";

    /// <summary>Opens the file. One that cannot be used is said, and ends nothing.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        Tick();
        _timer = _clock.CreateTimer(_ => Tick(), null, TickInterval, TickInterval);
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes an event, so that it survives whatever happens next; if that cannot be, it waits in memory.</summary>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        if (DiaryEntry.Of(emotionEvent, _clock.LocalTimeZone) is { } entry)
        {
            lock (_gate)
            {
                if (!_isOff)
                {
                    Await(entry);
                    Write(hurries: false);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing.</summary>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                Write(hurries: true);
            }

            if (_waiting.Count > 0)
            {
                _log.LogWarning("{Count} events were not written to the diary", _waiting.Count);
            }

            Close();
            _isOff = true;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Writes what waits, and removes what is too old; once a minute, for there may be no event all night.</summary>
    internal void Tick()
    {
        lock (_gate)
        {
            Write(hurries: false);
        }
    }

    private void Await(DiaryEntry entry)
    {
        if (_waiting.Count == MostWaiting)
        {
            _waiting.Dequeue();
            _lost++;
        }

        _waiting.Enqueue(entry);
    }

    private void Write(bool hurries)
    {
        if (_isOff || (!hurries && _failedAt is { } at && _clock.GetElapsedTime(at) < RetryInterval))
        {
            return;
        }

        try
        {
            var database = Database();
            if (_waiting.Count > 0)
            {
                database.Append(_waiting);
                _waiting.Clear();
            }

            Purge(database);
            TellOfSuccess();
        }
        catch (DiaryException error)
        {
            Close();
            TellOfFailure(error);
        }
    }

    private DiaryDatabase Database()
    {
        if (_database is not null && !_file.Exists)
        {
            // Somebody removed or moved it. Its log must be gone before there is another of that name.
            Close();
        }

        return _database ??= DiaryDatabase.OpenToWrite(_file.Location);
    }

    private void Purge(DiaryDatabase database)
    {
        if (_purgedAt is { } at && _clock.GetElapsedTime(at) < PurgeInterval)
        {
            return;
        }

        database.Delete(_retentionClock.Now() - _retention);
        _purgedAt = _clock.GetTimestamp();
    }

    private void Close()
    {
        _database?.Dispose();
        _database = null;
    }

    private void TellOfSuccess()
    {
        _failedAt = null;
        if (_news.Back())
        {
            _log.LogInformation("the diary is written again; events lost: {Lost}", _lost);
        }

        _lost = 0;
    }

    private void TellOfFailure(DiaryException error)
    {
        _failedAt = _clock.GetTimestamp();
        if (!error.MayPass)
        {
            _isOff = true;
            _waiting.Clear();
            _log.LogError("{Reason} No diary is kept until sernetd starts again", error.Message.EndsWith('.') ? error.Message : error.Message + ".");
        }
        else if (_news.Gone())
        {
            _log.LogWarning("{Reason} Until then up to {Most} events wait in memory", error.Message, MostWaiting);
        }
    }
}
