using System.Diagnostics;
using System.Globalization;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>
/// One connection to a stream, open since its first samples came. Its end is a fault that passes; <see cref="DeviceSource"/>
/// around it opens the next, and tells the pipeline what is missing.
/// </summary>
internal sealed class Connection : IAudioSource
{
    private readonly IAudioSource _samples;
    private readonly IDisposable _carrier;
    private readonly Func<AudioDeviceException> _whyEnded;
    private readonly Func<string?>? _note;
    private readonly float[] _first;
    private AudioBlock _firstBlock;
    private int _taken;

    private Connection(string name, IAudioSource samples, IDisposable carrier, Func<AudioDeviceException> whyEnded, Func<string?>? note)
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
    /// <param name="open">Connects; is given the connection that was lost, if any, disposed.</param>
    /// <param name="report">Hears of every transition.</param>
    /// <param name="cancellationToken">Ends the wait for the first.</param>
    /// <param name="keeper">What outlives the connections; disposed in the end.</param>
    public static DeviceSource Supervise(
        string name,
        DeviceOptions options,
        Func<IAudioSource?, IAudioSource> open,
        Action<DeviceStatus>? report,
        CancellationToken cancellationToken,
        IDisposable? keeper = null)
    {
        // The connection has a limit, and a sentence, of its own; the supervisor's is about sound servers.
        var last = TimeSpan.FromMinutes(10);
        var patience = options.OpenLimit + TimeSpan.FromSeconds(10);
        var around = options with { OpenLimit = patience < last ? patience : last };
        return new DeviceSource(name, around, open, report, keeper: keeper).Begin(cancellationToken);
    }

    /// <summary>Waits for the first samples.</summary>
    /// <param name="name">What a person calls the stream.</param>
    /// <param name="samples">What comes; owned, also if this throws.</param>
    /// <param name="carrier">What brings it; disposed after the samples.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="whyEnded">What to say when there are no more.</param>
    /// <param name="note">Who was turned away, if anybody was.</param>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static Connection Open(
        string name, IAudioSource samples, IDisposable carrier, TimeSpan limit, Func<AudioDeviceException> whyEnded, Func<string?>? note = null)
    {
        var connection = new Connection(name, samples, carrier, whyEnded, note);
        try
        {
            connection.ReadFirst(limit);
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
        if (_taken < _firstBlock.Count)
        {
            var heard = _first.AsSpan(_taken, Math.Min(_firstBlock.Count - _taken, destination.Length));
            heard.CopyTo(destination);
            heard.Clear();
            var lost = _taken == 0 ? _firstBlock.LostBefore : 0;
            _taken += heard.Length;
            return new AudioBlock(heard.Length, Stopwatch.GetTimestamp(), lost);
        }

        var block = _samples.Read(destination, Math.Min(wanted, SampleRate), cancellationToken);
        // A stream that was heard may be heard again, whatever ended it.
        return block.IsEnd ? throw new AudioDeviceException(AudioDeviceError.Gone, _whyEnded().Message) : block;
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

    private void ReadFirst(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            _firstBlock = _samples.Read(_first, 1, patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new AudioDeviceException(
                AudioDeviceError.NotAnswering,
                string.Create(CultureInfo.InvariantCulture, $"{Name} gave no sound within {limit.TotalSeconds:0.#} s{(SenderNote is { } note ? $" ({note})" : "")}. Check the address, and that the sender runs."));
        }

        if (_firstBlock.IsEnd)
        {
            throw _whyEnded();
        }
    }
}
