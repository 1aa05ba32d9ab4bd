using System.Globalization;
using SernetStream.Audio.Capture.Alsa;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>
/// A microphone or another capture device, through PortAudio. One that fails is of no further use; open a new one, or let
/// a <see cref="DeviceSource"/> do so.
/// </summary>
public sealed class PortAudioSource : IPolledSource
{
    /// <summary>
    /// A device that delivers nothing for this long is gone: a sound server that ended does not always say so.
    /// </summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    // How long closing may take before the device is left to a thread of its own: a hanging sound server may never
    // answer, and a daemon must still end.
    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(1);

    private readonly CaptureStream _stream;
    private volatile bool _isHurried;
    private volatile bool _isDisposed;

    private PortAudioSource(AudioDevice device, CaptureStream stream)
    {
        Device = device;
        _stream = stream;
    }

    /// <summary>The device that was chosen.</summary>
    public AudioDevice Device { get; }

    /// <inheritdoc/>
    public string Name => Device.Name;

    /// <inheritdoc/>
    public int SampleRate => _stream.Format.SampleRate;

    /// <summary>Channels the device delivers; what is read is a mix, or one of them.</summary>
    public int Channels => _stream.Format.Channels;

    /// <inheritdoc/>
    public string? ChannelNote => _stream.Sink.Mixer.Note;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <summary>
    /// Whether the thread that captures has real-time priority; null before the first samples. A refusal is not an
    /// error: the device buffers a fifth of a second, and overruns are counted.
    /// </summary>
    public bool? IsRealTime => _stream.Sink.IsRealTime;

    /// <summary>All samples lost since opening, to a slow reader or a late machine.</summary>
    public long Lost => _stream.Sink.Ring.Lost;

    /// <summary>
    /// Opens a device and starts capturing: 16 kHz mono if it agrees, else at a rate and with the channels it offers.
    /// </summary>
    /// <param name="device">
    /// A number or name that <see cref="AudioDevices.List"/> gives; <c>default</c>; <c>hw:CARD</c> or
    /// <c>hw:CARD,DEVICE</c> with ALSA's number or name of the card (<c>plughw:</c> means the same, as rate and
    /// channels are converted here); or a part of a name, in any case, that only one device has.
    /// </param>
    /// <param name="before">
    /// The device that was lost, if this opens it again: it is found by its name wherever it is plugged in now.
    /// </param>
    /// <param name="channel">Which channel is heard.</param>
    /// <exception cref="AudioDeviceException">It cannot be opened; the kind says why.</exception>
    public static PortAudioSource Open(string device, AudioDevice? before = null, ChannelChoice channel = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(device);
        using var session = PortAudioSession.Open();
        var chooser = new DeviceChooser(session.CaptureDevices(), session.AllNames());
        var chosen = before is null ? chooser.Choose(device) : chooser.ChooseAgain(device, before);
        if (!channel.IsIn(chosen.MaxInputChannels))
        {
            throw new AudioDeviceException(
                AudioDeviceError.FormatRefused, channel.MissingIn($"The device \"{chosen.Name}\"", chosen.MaxInputChannels));
        }

        return new PortAudioSource(chosen, Start(session, chosen, channel));
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("destination is empty; it must hold at least one sample.", nameof(destination));
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(destination, wanted, out var block, out var patience))
            {
                return block;
            }

            _stream.Sink.Wait(patience, cancellationToken);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The callback wakes nobody: it is known when the wanted samples will have been captured.</remarks>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (TryTake(destination, wanted, out block, out retryAfter))
        {
            return true;
        }

        var lacking = Math.Max(0, Math.Min(wanted, destination.Length) - _stream.Sink.Ring.Count);
        var captured = TimeSpan.FromSeconds((double)lacking / SampleRate);
        retryAfter = captured < retryAfter ? captured : retryAfter;
        return false;
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        _isHurried = true;
        _stream.Sink.TryWake();
    }

    /// <summary>Stops capturing. If the sound system hangs, it is left to finish in the background.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        var closing = new Thread(_stream.Dispose) { IsBackground = true, Name = "close audio device" };
        closing.Start();
        closing.Join(LongestClosing);
    }

    /// <summary>Takes what is there, if it is enough; otherwise says how long the device may stay silent.</summary>
    private bool TryTake(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan patience)
    {
        // Read before the ring, so that samples before the end are not lost.
        var isFinished = _stream.Sink.IsFinished;
        patience = LongestSilence - _stream.Sink.SinceLastCallback;
        var isOver = isFinished || patience <= TimeSpan.Zero;
        if (_stream.Sink.Ring.IsReady(_isHurried ? 1 : Math.Min(wanted, destination.Length)) || isOver)
        {
            block = _stream.Sink.Ring.Read(destination);
            if (block.Count > 0)
            {
                _isHurried = false;
                return true;
            }
        }

        block = default;
        return !isOver ? false : throw Gone(isFinished
            ? "has stopped"
            : string.Create(CultureInfo.InvariantCulture, $"has delivered nothing for {LongestSilence.TotalSeconds} s"));
    }

    private static CaptureStream Start(PortAudioSession session, AudioDevice device, ChannelChoice channel)
    {
        foreach (var format in CaptureFormat.Candidates(device, AskHardware(device), channel))
        {
            if (CaptureStream.TryStart(session, device, format, channel, out var error) is { } stream)
            {
                return stream;
            }

            if (!PortAudioFailure.IsAboutFormat(error))
            {
                throw PortAudioFailure.Of(error, CannotOpen(device));
            }
        }

        var rates = string.Join(", ", CaptureFormat.RatesFor(device));
        throw new AudioDeviceException(
            AudioDeviceError.FormatRefused,
            $"The device \"{device.Name}\" refused {rates} samples per second with 1 to {device.MaxInputChannels} "
            + "channels. Choose another device, or capture it through the sound server with the device pulse.");
    }

    private static AlsaHardware? AskHardware(AudioDevice device)
    {
        if (AlsaHardware.NameOf(device) is not { } name)
        {
            return null;
        }

        lock (PortAudioSession.Gate)
        {
            var hardware = AlsaHardware.Ask(name, CaptureFormat.RatesFor(device), out var error);
            return error == 0 ? hardware : throw PortAudioFailure.OfAlsa(error, CannotOpen(device));
        }
    }

    private static string CannotOpen(AudioDevice device) => $"The device \"{device.Name}\" cannot be opened";

    private AudioDeviceException Gone(string what) => new(
        AudioDeviceError.Gone,
        $"The device \"{Name}\" {what}. Plug it in again, or restart the sound server, and open it again.");
}
