namespace SernetStream.Publishing;

/// <summary>A publisher cannot work as it is configured or installed. The message says what to do about it.</summary>
public sealed class PublisherException : Exception
{
    /// <inheritdoc cref="PublisherException"/>
    public PublisherException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="PublisherException"/>
    public PublisherException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
