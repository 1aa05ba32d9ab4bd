using SernetStream.Audio.Capture;

namespace SernetStream.Audio;

/// <summary>What one <see cref="IAudioSource.Read"/> delivered.</summary>
/// <param name="Count">Samples written to the destination; 0 at the end of the stream, or where there are none yet after a gap.</param>
/// <param name="CapturedAt">
/// When the last of them was (or, in a gap, would have been) captured, in ticks of <see cref="System.Diagnostics.Stopwatch"/> (monotonic).
/// </param>
/// <param name="LostBefore">
/// Samples that are missing immediately before these: they could not be kept (overrun), or the device was away.
/// </param>
public readonly record struct AudioBlock(int Count, long CapturedAt, long LostBefore)
{
    /// <summary>Whether the stream is over: nothing was delivered, and nothing is missing.</summary>
    public bool IsEnd => Count == 0 && LostBefore == 0;
}

/// <summary>
/// Where samples come from: a microphone, a file, standard input. Mono 32-bit float samples in −1..1 at
/// <see cref="SampleRate"/>; of more channels a mix, or one. A source is read by one thread.
/// </summary>
public interface IAudioSource : IDisposable
{
    /// <summary>Its name for people: the device's name or the file's path.</summary>
    string Name { get; }

    /// <summary>Samples per second of what <see cref="Read"/> delivers; the pipeline resamples.</summary>
    int SampleRate { get; }

    /// <summary>
    /// True if the samples arrive at their own pace (microphone, standard input, file in real time), so that a slow
    /// reader loses some; false if the source waits for the reader (file as fast as it can, also one that standard
    /// input is redirected from).
    /// </summary>
    bool IsLive { get; }

    /// <summary>
    /// How its channels were treated so far, in a clause; null if nothing was. For the reader's thread.
    /// </summary>
    string? ChannelNote => null;

    /// <summary>Who was turned away so far, in a clause; null if nobody was. For the reader's thread.</summary>
    string? SenderNote => null;

    /// <summary>
    /// Waits until the samples that the caller can use are there, so that it is not woken for each piece, then copies
    /// what is there. It returns sooner, with fewer, where the stream ends or the device fails, before a gap, and after
    /// <see cref="Interrupt"/>.
    /// </summary>
    /// <param name="destination">Room for what is there; not empty.</param>
    /// <param name="wanted">
    /// Samples to wait for, 1 or more. It is a hint: a source that cannot hold that many, and one that does not wait
    /// for anything, returns what it has.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The destination is empty.</exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled; it wakes a waiting reader at once.
    /// </exception>
    /// <exception cref="AudioDeviceException">The device is gone or failed.</exception>
    AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the <see cref="Read"/> that waits, or else the next one, return as soon as there is a single sample: the
    /// samples so far must be handled separately. Any thread; it neither blocks nor throws.
    /// </summary>
    void Interrupt()
    {
        // A source that does not wait is never in the way.
    }

    /// <summary>
    /// Overwrites by silence the samples that it has taken but not delivered (a resampler looks ahead). No time is
    /// lost. For the thread that reads, after samples that nobody may hear.
    /// </summary>
    void Silence()
    {
        // A source that delivers all that it takes keeps nothing.
    }
}
