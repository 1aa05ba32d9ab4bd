namespace SernetStream.Cluster.Fleet;

/// <summary>
/// The rule of a silo that cannot keep up. Its lag is the share of the windows of the last ten seconds that were not classified,
/// because newer ones came or they were too old. Above <see cref="Behind"/> it gives a room away every five seconds, whole: of the
/// rooms with the lowest priority the one that began last. The room goes to a silo that keeps up; if there is none it rests for a
/// minute, and then is tried again.
/// </summary>
/// <remarks>
/// A silo with more than its share of the rooms, as when another has just joined, gives rooms that the cluster fetches to the others, one
/// every second, until it has at most one too many.
/// </remarks>
internal static class LoadRule
{
    /// <summary>A lag above this is too much.</summary>
    public const double Behind = 0.1;

    /// <summary>Fewer windows than this in the time say nothing.</summary>
    public const int FewestWindows = 20;

    /// <summary>Over which time the lag is taken.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Time between two rooms that are given away.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>So many rooms above its share are too many.</summary>
    public const int Uneven = 2;

    /// <summary>How long a room rests that nobody can take.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    /// <summary>The room that is given away next.</summary>
    /// <param name="rooms">Their names, priorities, and when they began.</param>
    /// <returns>Its name; null: a silo keeps its last room.</returns>
    public static string? Next(IReadOnlyCollection<(string Name, int Priority, long Began)> rooms) => rooms.Count < 2
        ? null
        : rooms.OrderBy(room => room.Priority).ThenByDescending(room => room.Began).ThenBy(room => room.Name, StringComparer.Ordinal).First().Name;
}
