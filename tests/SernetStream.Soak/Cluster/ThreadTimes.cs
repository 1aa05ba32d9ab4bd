using System.Globalization;

namespace SernetStream.Soak.Cluster;

/// <summary>Processor seconds of a process, and of its threads by their names (proc(5), <c>schedstat</c>, which counts nanoseconds).</summary>
/// <param name="Total">Of all, also of those that have ended.</param>
/// <param name="ByName">Of those that live.</param>
internal sealed record ThreadTimes(double Total, IReadOnlyDictionary<string, double> ByName)
{
    public static ThreadTimes Of(int process)
    {
        var id = process.ToString(CultureInfo.InvariantCulture);
        var threads = Directory.GetDirectories($"/proc/{id}/task").Select(thread => (Name: Read($"{thread}/comm").Trim(), Seconds: Nanoseconds(Read($"{thread}/schedstat")) / 1e9));
        return new ThreadTimes(
            ProcessFigures.ProcessorSeconds(id), threads.GroupBy(thread => thread.Name).ToDictionary(group => group.Key, group => group.Sum(thread => thread.Seconds)));
    }

    public static ThreadTimes operator -(ThreadTimes a, ThreadTimes b) => new(
        a.Total - b.Total, a.ByName.ToDictionary(name => name.Key, name => name.Value - b.ByName.GetValueOrDefault(name.Key)));

    /// <summary>The threads that take the most.</summary>
    public string PerSecond(double seconds) => string.Join(", ", ByName.Where(name => name.Value > 0.0005 * seconds).OrderByDescending(name => name.Value).Take(8)
        .Select(name => string.Create(CultureInfo.InvariantCulture, $"{name.Key} {1000 * name.Value / seconds:0.0}")));

    private static double Nanoseconds(string schedstat) => schedstat.Length == 0 ? 0 : double.Parse(schedstat.Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>A thread may end meanwhile.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
