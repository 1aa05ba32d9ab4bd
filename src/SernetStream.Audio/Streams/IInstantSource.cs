namespace SernetStream.Audio.Streams;

/// <summary>A source that gives what has come so far, however little, without waiting.</summary>
internal interface IInstantSource : IAudioSource
{
    /// <summary>Takes what has come.</summary>
    /// <param name="destination">Room for it; not empty.</param>
    /// <param name="block">
    /// What was taken, where something was; the end, too, is something. A gap comes by itself, before the samples behind it.
    /// </param>
    /// <param name="quiet">
    /// Where nothing was: after this time there may be something to tell even if nothing comes, such as a gap or a stall.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: there will not.
    /// </param>
    /// <returns>Whether something was taken.</returns>
    /// <exception cref="Capture.AudioDeviceException">The source is gone or failed. The next call says so again.</exception>
    bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet);
}
