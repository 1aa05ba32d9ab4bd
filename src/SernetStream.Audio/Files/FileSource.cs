using System.Diagnostics;
using SernetStream.Native;

namespace SernetStream.Audio.Files;

/// <summary>An audio file as a source, at its own pace or as fast as the reader takes it.</summary>
public sealed class FileSource : IPolledSource
{
    private readonly AudioFile _file;
    private readonly WakeEvent _wake = new();
    private volatile bool _isHurried;
    private long? _start;

    /// <summary>Plays a file that is open.</summary>
    /// <param name="file">Owned from now on.</param>
    /// <param name="speed">How fast.</param>
    internal FileSource(AudioFile file, PlaybackSpeed speed)
    {
        _file = file;
        IsLive = speed == PlaybackSpeed.RealTime;
    }

    /// <inheritdoc/>
    public string Name => _file.Path;

    /// <inheritdoc/>
    public int SampleRate => _file.SampleRate;

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <inheritdoc/>
    public string? ChannelNote => _file.ChannelNote;

    /// <summary>
    /// After the end was reached: what is wrong with the file, for the user to see; null if nothing is.
    /// </summary>
    public string? Warning => _file.Warning;

    /// <summary>True once the end was reached before the place the file promised.</summary>
    public bool IsTruncated => _file.IsTruncated;

    /// <summary>True as long as every sample read was zero, on every channel.</summary>
    public bool IsSilent => _file.IsSilent;

    /// <summary>Samples read so far.</summary>
    public long SamplesRead => _file.SamplesRead;

    /// <summary>Opens a file.</summary>
    /// <exception cref="AudioFileException">It gives no samples; its kind says why.</exception>
    public static FileSource Open(string path, PlaybackSpeed speed, ChannelChoice channel = default) =>
        new(AudioFile.Open(path, channel), speed);

    /// <summary>
    /// Reads on. In real time the first call starts the clock, a sample falls due when its time on that clock has come,
    /// and the call waits until the wanted ones are due; a reader that was late gets all that are.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsLive || destination.IsEmpty)
        {
            return new AudioBlock(_file.Read(destination), Stopwatch.GetTimestamp(), 0);
        }

        var start = _start ??= Stopwatch.GetTimestamp();
        var due = WaitUntilDue(start, Math.Clamp(wanted, 1, destination.Length), cancellationToken) - _file.SamplesRead;
        var count = _file.Read(destination[..(int)Math.Min(due, destination.Length)]);
        return new AudioBlock(count, start + TicksOf(_file.SamplesRead), 0);
    }

    /// <inheritdoc/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        var start = _start ??= Stopwatch.GetTimestamp();
        var now = Stopwatch.GetTimestamp();
        var dueAt = start + TicksOf(_file.SamplesRead + (_isHurried ? 1 : Math.Min(wanted, destination.Length)));
        if (IsLive && now < dueAt)
        {
            (block, retryAfter) = (default, Stopwatch.GetElapsedTime(now, dueAt));
            return false;
        }

        // Nothing is waited for any more.
        (block, retryAfter) = (Read(destination, wanted, CancellationToken.None), default);
        return true;
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        _isHurried = true;
        _wake.TrySignal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _wake.Dispose();
    }

    /// <returns>How many samples of the file are due by now, at least the wanted ones; one if the wait was
    /// interrupted.</returns>
    private long WaitUntilDue(long start, int wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            var least = _file.SamplesRead + (_isHurried ? 1 : wanted);
            var dueAt = start + TicksOf(least);
            var now = Stopwatch.GetTimestamp();
            if (now >= dueAt)
            {
                _isHurried = false;
                return Math.Max(least, (long)((Int128)(now - start) * SampleRate / Stopwatch.Frequency));
            }

            _wake.Wait(Stopwatch.GetElapsedTime(now, dueAt), input: null, cancellationToken);
        }
    }

    private long TicksOf(long samples) => (long)((Int128)samples * Stopwatch.Frequency / SampleRate);
}
