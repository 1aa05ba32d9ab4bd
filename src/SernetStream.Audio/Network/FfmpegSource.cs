using System.Diagnostics;
using System.Globalization;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>
/// One connection to a stream, decoded by ffmpeg. Its end is a fault that passes; <see cref="DeviceSource"/> around it
/// opens the next, and tells the pipeline what is missing.
/// </summary>
internal sealed class FfmpegSource : IAudioSource
{
    private const string Protocols = "pipe,http,https,httpproxy,tcp,tls,crypto,rtp,srtp,udp,rtsp,rtsps";
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly FfmpegProcess _child;
    private readonly StreamSource _source;
    private readonly TimeSpan _stallLimit;
    private readonly Timer _watch;
    private Memory<float> _first;
    private long _waitingSince;
    private volatile bool _isStalled;

    private FfmpegSource(string name, FfmpegProcess child, TimeSpan stallLimit, ChannelChoice channel)
    {
        (Name, _child, _stallLimit) = (name, child, stallLimit);
        _source = new StreamSource(child.Output, name, CaptureFormat.PreferredRate, PlaybackSpeed.RealTime, channel);
        var interval = stallLimit / 10;
        _watch = new Timer(_ => EndIfStalled(), null, interval, interval);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate => _source.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _source.ChannelNote;

    /// <summary>A supervised stream; see <see cref="DeviceSource.Open"/>.</summary>
    public static DeviceSource Supervise(
        StreamAddress address, DeviceOptions options, Action<DeviceStatus>? report, CancellationToken cancellationToken)
    {
        // The connection has a limit, and a sentence, of its own; the supervisor's is about sound servers.
        var last = TimeSpan.FromMinutes(10);
        var patience = options.OpenLimit + TimeSpan.FromSeconds(10);
        var around = options with { OpenLimit = patience < last ? patience : last };
        var source = new DeviceSource(address.Name, around, _ => Open(address, options), report);
        return source.Begin(cancellationToken);
    }

    /// <summary>Connects, and waits for the first samples.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static FfmpegSource Open(StreamAddress address, DeviceOptions options)
    {
        var network = options.Network;
        // What a web server has in store is taken at its own pace; a camera has nothing in store.
        string[] pace = address.IsRtsp ? [] : ["-re"];
        var child = FfmpegProcess.Start(["-protocol_whitelist", Protocols, .. pace], List(address, network));
        var source = new FfmpegSource(address.Name, child, network.StallLimit, options.Channel);
        try
        {
            source.ReadFirst(options.OpenLimit);
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (_first.Length > 0)
        {
            var count = Math.Min(_first.Length, destination.Length);
            var heard = _first.Span[..count];
            heard.CopyTo(destination);
            heard.Clear();
            _first = _first[count..];
            return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
        }

        Volatile.Write(ref _waitingSince, Stopwatch.GetTimestamp());
        try
        {
            var block = _source.Read(destination, Math.Min(wanted, SampleRate), cancellationToken);
            return block.IsEnd ? throw Ended() : block;
        }
        finally
        {
            Volatile.Write(ref _waitingSince, 0);
        }
    }

    /// <inheritdoc/>
    public void Interrupt() => _source.Interrupt();

    /// <inheritdoc/>
    public void Silence()
    {
        _source.Silence();
        _first.Span.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _first.Span.Clear();
        _child.Kill();
        _source.Dispose();
        _child.Dispose();
    }

    /// <summary>ffmpeg's list of one entry, with the options of its connection.</summary>
    private static string List(StreamAddress address, NetworkOptions network)
    {
        var microseconds = (long)network.StallLimit.TotalMicroseconds;
        // Sound alone is asked of a camera: its pictures stay where they are.
        string[] options = address.IsRtsp
            ? ["rtsp_transport tcp", "allowed_media_types audio", $"timeout {microseconds}"]
            : [$"rw_timeout {microseconds}"];
        var quoted = address.WithPassword(network.Password).Replace("'", @"'\''", StringComparison.Ordinal);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"ffconcat version 1.0\nfile '{quoted}'\n{string.Concat(options.Select(option => $"option {option}\n"))}option tls_verify {(network.Verify ? 1 : 0)}\n");
    }

    private void ReadFirst(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        // Pinned: a collection that moved it would leave a copy of the sound behind.
        var samples = GC.AllocateArray<float>(SampleRate, pinned: true);
        AudioBlock block;
        try
        {
            block = _source.Read(samples, 1, patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new AudioDeviceException(
                AudioDeviceError.NotAnswering,
                string.Create(CultureInfo.InvariantCulture, $"{Name} gave no sound within {limit.TotalSeconds:0.#} s. Check the address, and that the server runs."));
        }

        if (block.IsEnd)
        {
            throw FfmpegFault.Of(Name, _child.End(EndLimit));
        }

        _first = samples.AsMemory(0, block.Count);
    }

    /// <summary>A stream that was heard may be heard again, whatever ended it.</summary>
    private AudioDeviceException Ended() => new(
        AudioDeviceError.Gone,
        _isStalled
            ? string.Create(CultureInfo.InvariantCulture, $"{Name} has stalled: no sample came for {_stallLimit.TotalSeconds:0.#} s.")
            : FfmpegFault.Of(Name, _child.End(EndLimit)).Message);

    /// <summary>On a timer: an ffmpeg that gives nothing is ended, which ends the wait of the reader.</summary>
    private void EndIfStalled()
    {
        if (Volatile.Read(ref _waitingSince) is not 0 and var since && Stopwatch.GetElapsedTime(since) > _stallLimit)
        {
            _isStalled = true;
            _child.Kill();
        }
    }
}
