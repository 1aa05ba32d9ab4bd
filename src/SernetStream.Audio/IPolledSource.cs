namespace SernetStream.Audio;

/// <summary>A source that can also be asked without waiting, so that a few threads serve many of them.</summary>
public interface IPolledSource : IAudioSource
{
    /// <summary>Copies what is there, if that is what <see cref="IAudioSource.Read"/> would have returned without waiting.</summary>
    /// <param name="destination">Room for what is there; not empty.</param>
    /// <param name="wanted">Samples that the caller can use, 1 or more; fewer are not returned unless Read returned them.</param>
    /// <param name="block">What was delivered, where something was.</param>
    /// <param name="retryAfter">
    /// Where nothing was: when it is worth asking again. <see cref="Timeout.InfiniteTimeSpan"/>: once the source says so
    /// (<see cref="Notify"/>).
    /// </param>
    /// <returns>Whether something was delivered; the end, too, is something.</returns>
    /// <exception cref="Capture.AudioDeviceException">The device is gone or failed.</exception>
    bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter);

    /// <summary>Names what is called, on any thread, when asking is worth it earlier than was said. It neither blocks nor throws.</summary>
    /// <param name="isReady">The call; null: none any more.</param>
    void Notify(Action? isReady)
    {
        // A source that always knows beforehand has nothing to tell.
    }
}
