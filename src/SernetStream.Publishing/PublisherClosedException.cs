namespace SernetStream.Publishing;

/// <summary>
/// The reader of a publisher's output has gone for good, as <c>head -1</c> does after its line. Nothing is wrong:
/// <see cref="PublisherHost"/> ends that publisher without a warning and completes
/// <see cref="PublisherHost.OutputClosed"/>, so that a program that lives for its output can end as well. Trying again
/// does not help.
/// </summary>
public sealed class PublisherClosedException : Exception
{
    /// <inheritdoc cref="PublisherClosedException"/>
    public PublisherClosedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="PublisherClosedException"/>
    public PublisherClosedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
