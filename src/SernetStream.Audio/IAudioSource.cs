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
/// <see cref="SampleRate"/>; more channels are averaged. A source is read by one thread.
/// </summary>
public interface IAudioSource : IDisposable
{
    /// <summary>What a person calls it: the device's name or the file's path.</summary>
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
    /// Waits for samples and copies them. It returns what is there, at most the destination's length, without waiting
    /// for the destination to fill up.
    /// </summary>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled; it wakes a waiting reader at once.
    /// </exception>
    /// <exception cref="AudioDeviceException">The device is gone or failed.</exception>
    AudioBlock Read(Span<float> destination, CancellationToken cancellationToken);
}
