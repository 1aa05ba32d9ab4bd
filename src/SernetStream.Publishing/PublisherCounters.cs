namespace SernetStream.Publishing;

/// <summary>How many events one publisher was given since the start. Speech changes are not counted.</summary>
/// <param name="Name">The publisher's <see cref="IEventPublisher.Name"/>.</param>
/// <param name="Published">Events the publisher took.</param>
/// <param name="Dropped">
/// Events it never saw: its queue was full, its reader had gone, or the program ended before their turn came.
/// </param>
/// <param name="Failed">Events it threw at.</param>
public readonly record struct PublisherCounters(string Name, long Published, long Dropped, long Failed);
