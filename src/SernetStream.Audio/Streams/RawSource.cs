namespace SernetStream.Audio.Streams;

/// <summary>Samples without a header, of a format that is known beforehand, from a pipe or a connection. It owns the input.</summary>
/// <param name="input">Where they come from.</param>
/// <param name="format">What they are like.</param>
/// <param name="channel">Which channel is heard.</param>
internal sealed class RawSource(DescriptorInput input, StreamFormat format, ChannelChoice channel) : IInstantSource
{
    private const int BufferSize = 8192;
    private readonly PcmSource _samples = new(input, format, channel, isLive: true, [], BufferSize);

    /// <inheritdoc/>
    public string Name => _samples.Name;

    /// <inheritdoc/>
    public int SampleRate => _samples.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _samples.ChannelNote;

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) =>
        _samples.Read(destination, wanted, cancellationToken);

    /// <inheritdoc/>
    public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet) =>
        _samples.TryTake(destination, out block, out quiet);

    /// <inheritdoc/>
    public void Interrupt() => _samples.Interrupt();

    /// <inheritdoc/>
    public void Dispose()
    {
        _samples.Dispose();
        input.Dispose();
    }
}
