using System.Diagnostics;
using System.Globalization;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>
/// One connection to a stream, open since its first samples came. Its end is a fault that passes; <see cref="DeviceSource"/>
/// around it opens the next, and tells the pipeline what is missing.
/// </summary>
internal sealed class Connection : IInstantSource
{
    /// <summary>While the first samples are waited for, they are looked for this often.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly IInstantSource _samples;
    private readonly IDisposable _carrier;
    private readonly Func<Task<AudioDeviceException>> _whyEnded;
    private readonly Func<string?>? _note;
    private readonly float[] _first;
    private AudioBlock _firstBlock;
    private int _taken;
    private Task<AudioDeviceException>? _end;

    private Connection(string name, IInstantSource samples, IDisposable carrier, Func<Task<AudioDeviceException>> whyEnded, Func<string?>? note)
    {
        (Name, _samples, _carrier, _whyEnded, _note) = (name, samples, carrier, whyEnded, note);
        // Pinned: a collection that moved it would leave a copy of the sound behind.
        _first = GC.AllocateArray<float>(samples.SampleRate, pinned: true);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate => _samples.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _samples.ChannelNote;

    /// <inheritdoc/>
    public string? SenderNote => _note?.Invoke();

    /// <summary>Supervises connections; see <see cref="DeviceSource.Open"/>.</summary>
    /// <param name="name">What a person calls the stream.</param>
    /// <param name="options">How it is supervised.</param>
    /// <param name="open">Connects, after the connection that was lost was disposed. It holds no thread while it waits.</param>
    /// <param name="report">Hears of every transition.</param>
    /// <param name="cancellationToken">Ends the wait for the first.</param>
    /// <param name="keeper">What outlives the connections; disposed in the end.</param>
    public static DeviceSource Supervise(
        string name,
        DeviceOptions options,
        Func<CancellationToken, Task<Connection>> open,
        Action<DeviceStatus>? report,
        CancellationToken cancellationToken,
        IDisposable? keeper = null)
    {
        // The connection has a limit, and a sentence, of its own; the supervisor's is about sound servers.
        var last = TimeSpan.FromMinutes(10);
        var patience = options.OpenLimit + TimeSpan.FromSeconds(10);
        var around = options with { OpenLimit = patience < last ? patience : last };
        return new DeviceSource(name, around, Open, report, keeper: keeper).Begin(cancellationToken);

        // On the pool: whoever reads has other streams to read.
        Task<IAudioSource> Open(IAudioSource? last, CancellationToken stop) => Task.Run<IAudioSource>(
            async () =>
            {
                last?.Dispose();
                return await open(stop).ConfigureAwait(false);
            },
            CancellationToken.None);
    }

    /// <summary>Waits for the first samples.</summary>
    /// <param name="name">What a person calls the stream.</param>
    /// <param name="samples">What comes; owned, also if this throws.</param>
    /// <param name="carrier">What brings it; disposed after the samples.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="whyEnded">Finds out what to say when there are no more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="note">Who was turned away, if anybody was.</param>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> OpenAsync(
        string name,
        IInstantSource samples,
        IDisposable carrier,
        TimeSpan limit,
        Func<Task<AudioDeviceException>> whyEnded,
        CancellationToken cancellationToken,
        Func<string?>? note = null)
    {
        var connection = new Connection(name, samples, carrier, whyEnded, note);
        try
        {
            await connection.ReadFirstAsync(limit, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (TryTakeFirst(destination, out var first))
        {
            return first;
        }

        var block = _samples.Read(destination, Math.Min(wanted, SampleRate), cancellationToken);
        return block.IsEnd ? throw Ended(_whyEnded().GetAwaiter().GetResult()) : block;
    }

    /// <inheritdoc/>
    public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
    {
        quiet = default;
        if (TryTakeFirst(destination, out block))
        {
            return true;
        }

        if (_end is null)
        {
            if (!_samples.TryTake(destination, out block, out quiet))
            {
                return false;
            }

            if (!block.IsEnd)
            {
                return true;
            }

            _end = _whyEnded();
        }

        quiet = Look;
        return _end.IsCompleted ? throw Ended(_end.GetAwaiter().GetResult()) : false;
    }

    /// <inheritdoc/>
    public void Interrupt() => _samples.Interrupt();

    /// <inheritdoc/>
    public void Silence()
    {
        _samples.Silence();
        _first.AsSpan().Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _first.AsSpan().Clear();
        _samples.Dispose();
        _carrier.Dispose();
    }

    /// <summary>A stream that was heard may be heard again, whatever ended it.</summary>
    private static AudioDeviceException Ended(AudioDeviceException why) => new(AudioDeviceError.Gone, why.Message);

    private bool TryTakeFirst(Span<float> destination, out AudioBlock block)
    {
        var heard = _first.AsSpan(_taken, Math.Min(_firstBlock.Count - _taken, destination.Length));
        heard.CopyTo(destination);
        heard.Clear();
        block = new AudioBlock(heard.Length, Stopwatch.GetTimestamp(), _taken == 0 ? _firstBlock.LostBefore : 0);
        _taken += heard.Length;
        return heard.Length > 0;
    }

    private async Task ReadFirstAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (!_samples.TryTake(_first, out _firstBlock, out _))
        {
            if (Stopwatch.GetElapsedTime(began) >= limit)
            {
                throw new AudioDeviceException(
                    AudioDeviceError.NotAnswering,
                    string.Create(CultureInfo.InvariantCulture, $"{Name} gave no sound within {limit.TotalSeconds:0.#} s{(SenderNote is { } note ? $" ({note})" : "")}. Check the address, and that the sender runs."));
            }

            await Task.Delay(Look, cancellationToken).ConfigureAwait(false);
        }

        if (_firstBlock.IsEnd)
        {
            throw await _whyEnded().ConfigureAwait(false);
        }
    }
}
